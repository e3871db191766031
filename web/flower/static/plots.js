// Draw every element that carries data-plot, and draw it again when its data, its width or the theme has changed.
/* global uPlot */
(function () {
  "use strict";

  const HEIGHT = 190;
  const COLOURS = ["--bs-primary", "--flower-active", "--flower-warning", "--flower-danger", "--flower-text-muted"];
  const drawn = new WeakMap();
  const sized = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const plot = drawn.get(entry.target);
      const width = Math.floor(entry.contentRect.width);
      if (plot && width > 0 && width !== plot.chart.width) plot.chart.setSize({ width, height: HEIGHT });
    }
  });

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function figure(value) {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size >= 1e9) return (value / 1e9).toFixed(1) + " G";
    if (size >= 1e6) return (value / 1e6).toFixed(1) + " M";
    if (size >= 1e4) return (value / 1e3).toFixed(1) + " k";
    if (size >= 100 || Number.isInteger(value)) return value.toFixed(0);
    return Number(value.toPrecision(3)).toString();
  }

  function two(number) {
    return String(number).padStart(2, "0");
  }

  function hour(at) {
    return two(at.getHours()) + ":" + two(at.getMinutes());
  }

  function day(at) {
    return at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate());
  }

  function ticks(chart, splits, _axis, _space, step) {
    return splits.map((seconds) => {
      const at = new Date(seconds * 1000);
      if (step >= 86400 || hour(at) + two(at.getSeconds()) === "00:0000") return day(at).slice(5);
      return step < 60 ? hour(at) + ":" + two(at.getSeconds()) : hour(at);
    });
  }

  function marks(chart, wanted) {
    const { ctx, bbox } = chart;
    ctx.save();
    const scale = window.devicePixelRatio;
    ctx.lineWidth = scale;
    let line = 0;
    let last = -Infinity;
    ctx.font = 11 * scale + "px system-ui, sans-serif";
    for (const mark of [...wanted].sort((one, other) => one.at - other.at)) {
      const x = chart.valToPos(mark.at, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = ctx.fillStyle = colour(mark.undone ? "--flower-danger" : "--flower-active");
      ctx.setLineDash([4 * scale, 3 * scale]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      // Names that would lie on one another are written below one another.
      line = x - last < 90 * scale ? line + 1 : 0;
      last = x;
      const right = x > bbox.left + bbox.width * 0.75;
      ctx.textAlign = right ? "right" : "left";
      ctx.fillText(mark.label, x + (right ? -4 : 4) * scale, bbox.top + (11 + 13 * line) * scale);
    }
    ctx.restore();
  }

  // Nobody points at the plot: the legend tells the last point.
  function rest(chart) {
    if (chart.cursor.idx === null || chart.cursor.idx === undefined) chart.setLegend({ idx: chart.data[0].length - 1 }, false);
  }

  function options(element, plot, width) {
    const axis = { stroke: () => colour("--flower-text-muted"), grid: { stroke: () => colour("--bs-border-color"), width: 1 }, ticks: { show: false } };
    return {
      width,
      height: HEIGHT,
      padding: [12, 34, 0, 0],
      cursor: { points: { size: 6 }, drag: { x: true, y: false }, ...(plot.sync ? { sync: { key: plot.sync } } : {}) },
      scales: { y: { range: (_chart, low, high) => [Math.min(0, low || 0), high > 0 ? high * 1.12 : 1] } },
      axes: [
        { ...axis, size: 30, space: 64, values: ticks },
        { ...axis, size: 56, values: (_chart, splits) => splits.map(figure) },
      ],
      series: [
        { label: "Time", value: (_chart, at) => (at === null ? "–" : day(new Date(at * 1000)) + " " + hour(new Date(at * 1000))) },
        ...plot.series.map((one, place) => ({
          label: one.label,
          stroke: () => colour(COLOURS[place % COLOURS.length]),
          width: 2,
          dash: place ? [6, 3 * place] : [],
          points: { show: plot.x.length < 40, size: 5 },
          value: (_chart, value) => figure(value) + (value === null || value === undefined ? "" : " " + one.unit),
        })),
      ],
      hooks: { ready: [rest], setCursor: [rest], draw: [(chart) => marks(chart, drawn.get(element)?.plot.marks || plot.marks || [])] },
    };
  }

  function draw(element) {
    const text = element.dataset.plot;
    const known = drawn.get(element);
    if (known && known.text === text) return;
    const plot = JSON.parse(text);
    const data = [plot.x, ...plot.series.map((one) => one.values)];
    if (known && known.plot.series.length === plot.series.length) {
      known.text = text;
      known.plot = plot;
      known.chart.setData(data);
      rest(known.chart);
      return;
    }
    element.replaceChildren();
    const chart = new uPlot(options(element, plot, Math.max(240, element.clientWidth)), data, element);
    drawn.set(element, { text, plot, chart });
    sized.observe(element);
  }

  function all() {
    for (const element of document.querySelectorAll("[data-plot]")) draw(element);
  }

  new MutationObserver(() => {
    for (const element of document.querySelectorAll("[data-plot]")) drawn.get(element)?.chart.redraw();
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  document.addEventListener("optimizer:changed", all);
  all();
}());
