"use strict";
/* Spheres and ellipsoids to turn: an orthographic view, the near side drawn strongly, the far side faintly. */
(() => {
  document.documentElement.classList.add("js");
  const data = JSON.parse(document.getElementById("data").textContent);
  const canvases = document.querySelectorAll(".sphere canvas");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = a => { const l = Math.hypot(...a); return a.map(v => v / l); };

  const circles = axes => {
    const all = [];
    const ring = f => all.push(Array.from({ length: 91 }, (_, i) => f(i * Math.PI / 45).map((v, c) => v * axes[c])));
    for (let lat = -60; lat <= 60; lat += 30) {
      const z = Math.sin(lat * Math.PI / 180), r = Math.cos(lat * Math.PI / 180);
      ring(a => [r * Math.cos(a), r * Math.sin(a), z]);
    }
    for (let lon = 0; lon < 180; lon += 30) {
      const c = Math.cos(lon * Math.PI / 180), s = Math.sin(lon * Math.PI / 180);
      ring(a => [Math.cos(a) * c, Math.cos(a) * s, Math.sin(a)]);
    }
    return all;
  };

  canvases.forEach((canvas, index) => {
    const chart = data[index];
    const paths = chart.paths.map(p => ({
      colour: p.colour,
      points: Array.from({ length: p.points.length / 3 }, (_, i) => p.points.slice(3 * i, 3 * i + 3)),
    }));
    const grid = circles(chart.axes);
    let turn = Math.atan2(chart.view[1], chart.view[0]);
    let tilt = Math.max(0.35, Math.min(0.9, Math.asin(chart.view[2] / Math.hypot(...chart.view)) || 0.35));

    const draw = () => {
      const size = canvas.clientWidth, ratio = devicePixelRatio || 1;
      if (!size) return;
      canvas.width = canvas.height = size * ratio;
      const g = canvas.getContext("2d");
      g.scale(ratio, ratio);
      const towards = [Math.cos(tilt) * Math.cos(turn), Math.cos(tilt) * Math.sin(turn), Math.sin(tilt)];
      const right = [-Math.sin(turn), Math.cos(turn), 0];
      const up = cross(towards, right);
      const scale = (size / 2 - 26) / Math.max(...chart.axes);
      const at = p => [size / 2 + scale * dot(p, right), size / 2 - scale * dot(p, up)];
      const near = p => p.reduce((s, v, c) => s + v * towards[c] / chart.axes[c] ** 2, 0) >= 0;
      const stroke = (points, side) => {
        g.beginPath();
        let drawing = false;
        for (const p of points) {
          const here = near(p) === side;
          if (here) drawing ? g.lineTo(...at(p)) : g.moveTo(...at(p));
          drawing = here;
        }
        g.stroke();
      };
      const ink = c => (dark.matches && c === "#000000" ? "#f0f0f0" : c);

      const normal = unit(towards.map((v, c) => v / chart.axes[c]));
      const a = unit(cross(normal, Math.abs(normal[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0])), b = cross(normal, a);
      g.beginPath();
      for (let i = 0; i <= 120; i++) {
        const t = i * Math.PI / 60;
        g.lineTo(...at(a.map((v, c) => (v * Math.cos(t) + b[c] * Math.sin(t)) * chart.axes[c])));
      }
      g.fillStyle = dark.matches ? "#20262c" : "#f6f8fa";
      g.fill();
      g.lineWidth = 1;
      g.strokeStyle = dark.matches ? "#2b3239" : "#e6eaee";
      grid.forEach(c => stroke(c, false));
      g.globalAlpha = 0.3;
      paths.forEach(p => { g.strokeStyle = ink(p.colour); stroke(p.points, false); });
      g.globalAlpha = 1;
      g.strokeStyle = dark.matches ? "#3a434c" : "#d5dbe1";
      grid.forEach(c => stroke(c, true));
      g.lineWidth = 1.8;
      paths.forEach(p => { g.strokeStyle = ink(p.colour); stroke(p.points, true); });
      for (const p of paths) {
        const start = p.points[0], end = p.points[p.points.length - 1];
        g.strokeStyle = g.fillStyle = ink(p.colour);
        g.globalAlpha = near(start) ? 1 : 0.4;
        g.beginPath(); g.arc(...at(start), 3.6, 0, 7); g.stroke();
        g.globalAlpha = near(end) ? 1 : 0.4;
        g.beginPath(); g.arc(...at(end), 3.6, 0, 7); g.fill();
      }
      g.globalAlpha = 1;
      g.fillStyle = g.strokeStyle = dark.matches ? "#e6e9ec" : "#1d2126";
      g.font = "600 13px system-ui, sans-serif";
      for (const arrow of chart.arrows) {
        const [x, y] = at(arrow.point);
        g.globalAlpha = near(arrow.point) ? 1 : 0.4;
        g.beginPath(); g.arc(x, y, 6.5, 0, 7); g.stroke();
        g.fillText(arrow.label, x + 10, y - 7);
      }
      g.globalAlpha = 1;
    };

    const move = (dx, dy) => {
      turn -= dx;
      tilt = Math.max(-1.5, Math.min(1.5, tilt + dy));
      requestAnimationFrame(draw);
    };
    let from = null;
    canvas.addEventListener("pointerdown", e => { from = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointermove", e => {
      if (!from) return;
      move((e.clientX - from[0]) / 120, (e.clientY - from[1]) / 120);
      from = [e.clientX, e.clientY];
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { from = null; });
    canvas.addEventListener("keydown", e => {
      const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[e.key];
      if (step) { e.preventDefault(); move(...step); }
    });
    new ResizeObserver(draw).observe(canvas);
    dark.addEventListener("change", draw);
    draw();
  });
})();
