"use strict";
(function () {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function palette() {
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink").trim();
    const faint = style.getPropertyValue("--line").trim();
    const quiet = style.getPropertyValue("--quiet").trim();
    const axis = { labelColor: quiet, titleColor: ink, gridColor: faint, domainColor: faint, tickColor: faint };
    return {
      background: null,
      font: "system-ui, sans-serif",
      view: { stroke: faint },
      axis: axis,
      legend: { labelColor: ink, titleColor: ink },
      header: { labelColor: ink, titleColor: ink },
      title: { color: quiet },
    };
  }

  function draw() {
    const options = {
      ast: true,
      renderer: "svg",
      config: palette(),
      actions: { export: true, source: false, compiled: false, editor: false },
    };
    for (const place of document.querySelectorAll("[data-chart]")) {
      vegaEmbed(place, charts[Number(place.dataset.chart)], options).catch(function (error) {
        place.textContent = "This plot cannot be drawn: " + error.message;
      });
    }
  }

  dark.addEventListener("change", draw);
  draw();
})();
