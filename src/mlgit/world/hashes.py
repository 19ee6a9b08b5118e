"""MD5 and SHA-1 as DVC and Git name contents by them, in Python's own modules: nearly as fast as those of OpenSSL.

`hashlib` loads OpenSSL, 8 ms of a command that takes 200. Where a Python was built without them, its own are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import md5 as md5
    from hashlib import sha1 as sha1
else:
    try:
        from _md5 import md5 as md5
        from _sha1 import sha1 as sha1
    except ImportError:
        from hashlib import md5 as md5
        from hashlib import sha1 as sha1
