"""What Sphinx is told; `build.py` beside it puts the pages together and runs it."""

from __future__ import annotations

from mlgit import __version__

project = "mlgit"
author = "the mlgit contributors"
release = __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
nitpicky = True
smartquotes = False

myst_heading_anchors = 4
myst_links_external_new_tab = False

html_theme = "furo"
html_title = "mlgit"
html_static_path = ["static"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"top_of_page_buttons": []}
pygments_style = "tango"
pygments_dark_style = "github-dark"
