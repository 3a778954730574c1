'use strict';
(function () {
  document.documentElement.classList.add('js');
  const charts = JSON.parse(document.getElementById('data').textContent);
  const HEIGHT = 440;
  const COLOURS = 8;

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...children);
    return node;
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  }

  /** Three digits, as the page's tables have them. */
  function number(value) {
    if (value === null || value === undefined) return '–';
    if (value === 0) return '0';
    const size = Math.abs(value);
    return size < 1e-3 || size >= 1e5 ? value.toExponential(2).replace(/\.?0+e/, 'e') : String(Number(value.toPrecision(3)));
  }

  const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  function power(value) {
    const exponent = Math.round(Math.log10(value));
    if (Math.abs(Math.log10(value) - exponent) > 1e-6) return number(value);
    if (exponent >= -3 && exponent < 4) return number(value);
    return '10' + String(exponent).replace('-', '⁻').replace(/\d/g, d => SUPERSCRIPTS[d]);
  }

  /** The element of depths nearest to a depth, or -1 beyond either end. */
  function nearest(depths, depth) {
    if (depth < depths[0] - 0.5 || depth > depths[depths.length - 1] + 0.5) return -1;
    let low = 0;
    let high = depths.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (depths[middle] < depth) low = middle + 1; else high = middle;
    }
    return low > 0 && depth - depths[low - 1] <= depths[low] - depth ? low - 1 : low;
  }

  /** Where a depth lies on a route {first, width, passes}: blocks before the loop, its passes, blocks after it; or its name. */
  function place(depth, route) {
    if (route.names) return 'depth ' + depth + ': ' + route.names[depth];
    if (depth === 0) return 'embedding (depth 0)';
    const looped = depth - 1 - route.first;
    const after = looped - route.passes * route.width;
    if (looped < 0) return 'depth ' + depth + ': before the loop, layer ' + (depth - 1);
    if (after >= 0) return 'depth ' + depth + ': after the loop, layer ' + (route.first + route.width + after);
    return 'depth ' + depth + ': layer ' + (route.first + looped % route.width) + ' of pass ' + (Math.floor(looped / route.width) + 1);
  }

  /** What routes have in common whose depths lie alike. */
  function shape(route) {
    return route.first + '+' + route.width + '+' + route.after;
  }

  function group(choices, chosen, onChoose) {
    const box = element('span', {class: 'group', role: 'group'});
    choices.forEach(([value, text]) => {
      const button = element('button', {type: 'button', 'data-value': value, 'aria-pressed': String(value === chosen)}, text);
      button.addEventListener('click', () => {
        box.querySelectorAll('button').forEach(b => b.setAttribute('aria-pressed', String(b === button)));
        onChoose(value);
      });
      box.append(button);
    });
    return box;
  }

  function swatch(curve) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('width', '26');
    svg.setAttribute('height', '10');
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
    Object.entries({x1: 0, x2: 26, y1: 5, y2: 5, 'stroke-width': 2.4}).forEach(([k, v]) => line.setAttribute(k, v));
    line.style.stroke = 'var(--c' + curve.colour % COLOURS + ')';
    const dash = dashes(curve);
    if (dash) line.setAttribute('stroke-dasharray', dash.join(' '));
    svg.append(line);
    return svg;
  }

  function dashes(curve) {
    const second = curve.colour >= COLOURS;
    if (curve.solid) return second ? [2, 2] : null;
    return second ? [8, 3, 2, 3] : [7, 4];
  }

  /**
   * A chart of lines {depths, values, route, stroke, width, dash, upper, lower} that keeps its zoom when lines are
   * hidden, and starts anew when the scale changes.
   */
  class Chart {
    constructor(place, settings) {
      this.settings = settings;
      this.plotBox = element('div', {class: 'plot', tabindex: '0', role: 'application',
        'aria-label': 'Error against depth. Arrow keys move along the curves.'});
      this.tooltip = element('div', {class: 'tooltip', role: 'status', hidden: ''});
      place.append(this.plotBox);
      this.plotBox.addEventListener('keydown', event => this.onKey(event));
      this.plotBox.addEventListener('blur', () => this.hideTooltip());
      new ResizeObserver(() => this.resize()).observe(this.plotBox);
    }

    resize() {
      const width = this.plotBox.clientWidth;
      if (this.u && width > 0 && width !== this.u.width) this.u.setSize({width, height: HEIGHT});
    }

    /** Draws lines from nothing. */
    draw(lines) {
      this.lines = lines;
      if (this.u) this.u.destroy();
      const log = this.settings.scale === 'log';
      const byPass = this.settings.x === 'pass';
      const at = line => byPass ? line.depths.map(d => (d - line.route.first) / line.route.width) : line.depths;
      const drawable = values => log ? values.map(v => v > 0 ? v : null) : values;
      const tables = [];
      const series = [{}];
      const bands = [];
      this.seriesOf = lines.map(line => {
        const own = [series.length];
        tables.push([at(line), drawable(line.values)]);
        series.push({stroke: line.stroke, width: line.width, dash: line.dash, points: {show: false}, spanGaps: true,
          show: line.show !== false});
        if (line.upper) {
          [line.upper, line.lower].forEach(edge => {
            own.push(series.length);
            tables.push([at(line), drawable(edge)]);
            series.push({stroke: 'transparent', width: 0, points: {show: false}, spanGaps: true, show: line.show !== false});
          });
          bands.push({series: [own[1], own[2]], fill: line.fill});
        }
        return own;
      });
      const routes = new Set(lines.map(line => shape(line.route)));
      this.route = routes.size === 1 ? lines.map(line => line.route).reduce((a, b) => a.passes < b.passes ? b : a) : null;
      const table = uPlot.join(tables);
      this.u = new uPlot(this.options(log, byPass, series, bands), table, this.plotBox);
      this.u.over.append(this.tooltip);
      this.hideTooltip();
      this.zoomed(false);
    }

    options(log, byPass, series, bands) {
      const axis = {stroke: colour('text'), grid: {stroke: colour('grid'), width: 1}, ticks: {stroke: colour('boundary'), width: 1, size: 5},
        font: '12.5px system-ui, sans-serif', labelFont: '13px system-ui, sans-serif'};
      const depthAxis = Object.assign({}, axis, {label: byPass ? 'passes' : 'depth (blocks)', size: 32, labelSize: 20, grid: {stroke: colour('boundary'), width: 1}});
      const axes = [depthAxis, Object.assign({}, axis, {label: this.settings.label || 'error (eq. 25)', size: 56, labelSize: 22,
        values: (u, splits) => splits.map(v => v === null ? null : log ? power(v) : number(v))})];
      if (this.route && !byPass) {
        depthAxis.splits = (u, i, min, max) => this.passSplits(u, min, max);
        axes.push(Object.assign({}, axis, {side: 0, scale: 'x', grid: {show: false}, label: 'passes', size: 32, labelSize: 16,
          splits: (u, i, min, max) => this.passSplits(u, min, max),
          values: (u, splits) => splits.map(v => this.passes(v) % 1 === 0 ? String(this.passes(v)) : '')}));
      }
      return {
        width: this.plotBox.clientWidth || 800, height: HEIGHT, legend: {show: false}, series, bands, axes,
        scales: {x: {time: false}, y: log ? {distr: 3, log: 10, range: (u, min, max) => this.range(min, max)}
          : {range: (u, min, max) => [Math.min(0, min), max > 0 ? max * 1.05 : 1]}},
        cursor: {drag: {x: true, y: true, uni: 24}, points: {show: false}, focus: {prox: this.settings.focus ? 24 : -1}},
        focus: {alpha: this.settings.focus ? 0.18 : 1},
        padding: [8, 14, 0, 0],
        hooks: {
          drawAxes: [u => this.drawOnce(u, byPass), u => this.drawTrained(u, byPass), u => this.drawFloor(u, log)],
          setCursor: [u => this.showTooltip(u)],
          setSeries: [(u, i) => { this.focused = i; }],
          setScale: [(u, key) => this.onScale(u, key)],
        },
      };
    }

    /** Whole decades down to the lowest value or a floor near it; a short axis ends near its values. */
    range(min, max) {
      if (!(min > 0) || !(max > 0)) return [1e-16, 1];
      const floors = this.settings.floors.map(f => f.value).filter(f => f > 0 && f > min / 1e4);
      const low = Math.min(min, ...floors.map(f => f / 3));
      const top = Math.max(max * 1.15, low * 1.5);
      const decade = Math.pow(10, Math.floor(Math.log10(low) + 1e-9));
      return [top / low < 100 ? decade * [5, 2, 1].find(f => f * decade <= low * (1 + 1e-9)) : decade, top];
    }

    /** Passes that end at a depth, or a part of one. */
    passes(depth) {
      return (depth - this.route.first) / this.route.width;
    }

    passSplits(u, min, max) {
      const room = Math.max(2, Math.floor(u.bbox.width / devicePixelRatio / 46));
      const {first, width, passes} = this.route;
      const unit = (max - min) / width >= 1.5 ? width : 1;
      let step = unit;
      for (const factor of [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]) {
        step = unit * factor;
        if ((max - min) / step <= room) break;
      }
      const splits = [];
      for (let v = first + Math.ceil((min - first) / step) * step; v <= max; v += step) {
        if (v >= first && v <= first + passes * width) splits.push(v);
      }
      return splits;
    }

    /** A band behind the blocks that run once, before and after a loop over some of the layers. */
    drawOnce(u, byPass) {
      if (!this.route || this.route.first + this.route.after === 0) return;
      const {first, width, passes, after} = this.route;
      const ends = first + passes * width;
      const x = depth => u.valToPos(byPass ? this.passes(depth) : depth, 'x', true);
      const {left, top, width: wide, height} = u.bbox;
      u.ctx.save();
      u.ctx.fillStyle = colour('below');
      [[0, first], [ends, ends + after]].forEach(([from, to]) => {
        const a = Math.max(left, x(from));
        const b = Math.min(left + wide, x(to));
        if (b > a) u.ctx.fillRect(a, top, b - a, height);
      });
      u.ctx.restore();
    }

    /** A line where the passes end that the model was trained with, if a run goes further. */
    drawTrained(u, byPass) {
      const {first, width, passes, trained} = this.route || {};
      if (!trained || trained >= passes) return;
      const {left, top, width: wide, height} = u.bbox;
      const x = u.valToPos(byPass ? trained : first + trained * width, 'x', true);
      if (x < left || x > left + wide) return;
      const context = u.ctx;
      context.save();
      context.strokeStyle = context.fillStyle = colour('faint');
      context.lineWidth = devicePixelRatio;
      context.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
      context.beginPath();
      context.moveTo(x, top);
      context.lineTo(x, top + height);
      context.stroke();
      context.font = 12 * devicePixelRatio + 'px system-ui, sans-serif';
      context.textBaseline = 'top';
      context.fillText('trained with ' + trained + ' passes', x + 4 * devicePixelRatio, top + 4 * devicePixelRatio);
      context.restore();
    }

    drawFloor(u, log) {
      if (!log) return;
      const context = u.ctx;
      const {left, top, width, height} = u.bbox;
      context.save();
      this.settings.floors.forEach(floor => {
        const y = u.valToPos(floor.value, 'y', true);
        if (!(y > top) || y >= top + height) return;
        context.fillStyle = colour('below');
        context.fillRect(left, y, width, top + height - y);
        context.strokeStyle = colour('faint');
        context.lineWidth = devicePixelRatio;
        context.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
        context.beginPath();
        context.moveTo(left, y);
        context.lineTo(left + width, y);
        context.stroke();
        context.font = 12 * devicePixelRatio + 'px system-ui, sans-serif';
        context.textAlign = 'left';
        context.textBaseline = 'bottom';
        const text = 'floor of ' + floor.name + ' states: values below are rounding';
        const at = left + 8 * devicePixelRatio;
        context.fillStyle = colour('card');
        context.fillRect(at - 3 * devicePixelRatio, y - 19 * devicePixelRatio, context.measureText(text).width + 6 * devicePixelRatio, 17 * devicePixelRatio);
        context.fillStyle = colour('faint');
        context.fillText(text, at, y - 3 * devicePixelRatio);
      });
      context.restore();
    }

    onScale(u, key) {
      if (key !== 'x' || !u.data[0].length) return;
      const {min, max} = u.scales.x;
      const all = u.data[0];
      this.zoomed(min > all[0] || max < all[all.length - 1] || u.select.height > 0);
    }

    zoomed(yes) {
      if (this.settings.onZoom) this.settings.onZoom(yes);
    }

    reset() {
      this.u.setData(this.u.data, true);
      this.zoomed(false);
    }

    show(index, visible) {
      this.lines[index].show = visible;
      this.u.batch(() => this.seriesOf[index].forEach(i => this.u.setSeries(i, {show: visible})));
    }

    onKey(event) {
      const steps = {ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10}[event.key];
      if (!steps || !this.u) return;
      event.preventDefault();
      const xs = this.u.data[0];
      const from = this.u.cursor.idx === null || this.u.cursor.idx === undefined ? -1 : this.u.cursor.idx;
      const to = Math.max(0, Math.min(xs.length - 1, from + steps));
      this.u.setCursor({left: this.u.valToPos(xs[to], 'x'), top: 20});
    }

    hideTooltip() {
      this.tooltip.hidden = true;
    }

    showTooltip(u) {
      const {left, top} = u.cursor;
      if (left === undefined || left < 0) {
        this.hideTooltip();
        return;
      }
      const byPass = this.settings.x === 'pass';
      const x = u.posToVal(left, 'x');
      const focused = this.seriesOf.findIndex(own => own[0] === this.focused);
      const rows = this.settings.rows(this.lines, focused, line => {
        const i = nearest(line.depths, byPass ? x * line.route.width + line.route.first : x);
        return i < 0 ? null : {depth: line.depths[i], value: line.values[i]};
      });
      if (!rows.length) {
        this.hideTooltip();
        return;
      }
      const table = element('table', {}, ...rows.map(row => element('tr', {}, element('td', {}, swatch(row.curve)),
        element('td', {class: 'name'}, row.label), element('td', {}, number(row.value)))));
      const heading = new Set(rows.map(row => row.depth)).size === 1 && this.route
        ? place(rows[0].depth, this.route) : byPass ? number(x) + ' passes' : 'depth ' + Math.round(x);
      this.tooltip.replaceChildren(element('div', {}, heading), table);
      this.tooltip.hidden = false;
      const room = u.over.clientWidth - left;
      const width = this.tooltip.offsetWidth;
      const height = this.tooltip.offsetHeight;
      this.tooltip.style.left = (room > width + 24 ? left + 14 : Math.max(0, left - width - 14)) + 'px';
      this.tooltip.style.top = Math.max(0, Math.min(top + 10, u.over.clientHeight - height)) + 'px';
    }
  }

  function floors(curves) {
    const found = new Map();
    curves.filter(c => c.floor).forEach(c => found.set(c.floorName, Math.max(c.floor, found.get(c.floorName) || 0)));
    return [...found].map(([name, value]) => ({name, value}));
  }

  function fade(hex, share) {
    return hex + Math.round(share * 255).toString(16).padStart(2, '0');
  }

  function bar(place, title, settings, chart) {
    const reset = element('button', {type: 'button', 'data-action': 'reset', disabled: ''}, 'Reset zoom');
    settings.onZoom = zoomed => { reset.disabled = !zoomed; };
    reset.addEventListener('click', () => chart().reset());
    const box = element('div', {class: 'bar'}, element('strong', {}, title));
    place.append(box);
    return {box, reset};
  }

  function curvesChart(place, data) {
    const settings = {scale: 'log', x: 'depth', band: data.curves.length <= 4, floors: floors(data.curves)};
    let measure = '';
    let chart = null;
    const {box, reset} = bar(place, 'Mean error over prompts', settings, () => chart);
    const hidden = new Set();
    const beside = data.curves.map((curve, i) => ({curve, i})).filter(({curve}) => curve.beside);
    const besides = () => measure ? [] : beside.map(({curve, i}) => ({
      curve: {...curve, label: curve.label + ', ' + curve.beside}, depths: curve.measures.depths,
      values: curve.measures.means[curve.beside], route: curve.route, stroke: fade(colour('c' + curve.colour % COLOURS), 0.65),
      width: 1.1, dash: dashes(curve), show: !hidden.has(i)}));
    const lines = () => [...curves(), ...besides()];
    const curves = () => data.curves.map((curve, i) => {
      const stroke = colour('c' + curve.colour % COLOURS);
      if (measure) {
        const {depths, means, passDepths, passMeans} = curve.measures;
        return {curve, depths: passMeans[measure] ? passDepths : depths, values: means[measure] || passMeans[measure] || depths.map(() => null),
          route: curve.route, stroke, width: 2.2, dash: dashes(curve), show: !hidden.has(i)};
      }
      return {curve, depths: curve.depths, values: curve.mean, route: curve.route, stroke, width: 2.2, dash: dashes(curve),
        upper: settings.band ? curve.p90 : undefined, lower: curve.p10, fill: fade(stroke, 0.16), show: !hidden.has(i)};
    });
    const redraw = () => {
      settings.label = measure || undefined;
      settings.floors = measure ? [] : floors(data.curves);
      chart.draw(lines());
    };
    settings.rows = (drawn, focused, at) => drawn.filter(line => line.show).map(line => ({line, point: at(line)}))
      .filter(row => row.point && row.point.value !== null).sort((a, b) => b.point.value - a.point.value)
      .map(({line, point}) => ({curve: line.curve, label: line.curve.label, depth: point.depth, value: point.value}));
    const measures = [...new Set(data.curves.flatMap(c => [...Object.keys(c.measures.means), ...Object.keys(c.measures.passMeans)]))];
    if (measures.length) {
      const select = element('select', {'aria-label': 'Measure'}, element('option', {value: ''}, 'error (eq. 25)'),
        ...measures.map(name => element('option', {value: name}, name)));
      select.addEventListener('change', () => {
        measure = select.value;
        box.querySelector('strong').textContent = measure ? 'Mean over prompts' : 'Mean error over prompts';
        redraw();
      });
      box.append(select);
    }
    box.append(group([['log', 'log'], ['linear', 'linear']], settings.scale, value => { settings.scale = value; redraw(); }));
    if (new Set(data.curves.map(c => shape(c.route))).size > 1) {
      box.append(group([['depth', 'blocks'], ['pass', 'passes']], settings.x, value => { settings.x = value; redraw(); }));
    }
    if (data.curves.some(c => c.p10)) {
      const band = element('button', {type: 'button', 'data-action': 'band', 'aria-pressed': String(settings.band)}, '10–90 % of prompts');
      band.addEventListener('click', () => {
        settings.band = !settings.band;
        band.setAttribute('aria-pressed', String(settings.band));
        redraw();
      });
      box.append(band);
    }
    box.append(reset);
    chart = new Chart(place, settings);
    const legend = element('div', {class: 'legend'});
    data.curves.forEach((curve, i) => {
      const button = element('button', {type: 'button', 'aria-pressed': 'true'}, swatch(curve), curve.label);
      button.addEventListener('click', () => {
        const visible = hidden.has(i);
        if (visible) hidden.delete(i); else hidden.add(i);
        button.setAttribute('aria-pressed', String(visible));
        chart.show(i, visible);
        const thin = beside.findIndex(b => b.i === i);
        if (thin >= 0 && !measure) chart.show(data.curves.length + thin, visible);
      });
      legend.append(button);
    });
    if (beside.length) {
      legend.append(element('span', {class: 'faint', 'data-beside': ''}, 'Thin: pairwise-mean. Where every token sees all, token 1 of eq. 25 is a token like any other.'));
    }
    place.append(legend, element('p', {class: 'hint'},
      'Drag to zoom, double-click to reset. Click a curve’s name to hide it. Solid: with feed-forward; dashed: without. Passes count from 1, layers from 0; depth 0 is the embedding.'));
    redraw();
    return redraw;
  }

  function promptsChart(place, data) {
    if (data.curves.every(curve => curve.prompts.all < 2)) {
      place.remove();
      return () => {};
    }
    let curve = data.curves[0];
    let shown = new Set();
    let buttons = [];
    const settings = {scale: 'log', x: 'depth', floors: [], focus: true};
    let chart = null;
    const {box, reset} = bar(place, 'Single prompts', settings, () => chart);
    if (data.curves.length > 1) {
      const select = element('select', {'aria-label': 'Run'},
        ...data.curves.map((c, i) => element('option', {value: String(i)}, c.label)));
      select.addEventListener('change', () => choose(data.curves[Number(select.value)]));
      box.append(select);
    }
    const lines = () => {
      const stroke = colour('c' + curve.colour % COLOURS);
      const paths = curve.prompts.paths.map((values, i) => ({curve: {colour: curve.colour, solid: true}, number: curve.prompts.numbers[i],
        depths: curve.prompts.depths, values, route: curve.route, stroke: fade(stroke, 0.6), width: 1, show: shown.has(i)}));
      paths.push({curve: {colour: 4, solid: true}, depths: curve.depths, values: curve.mean, route: curve.route, stroke: colour('c4'), width: 2.2});
      return paths;
    };
    const redraw = () => {
      settings.floors = floors([curve]);
      chart.draw(lines());
    };
    settings.rows = (drawn, focused, at) => {
      const rows = [];
      const path = drawn[focused];
      if (path && path.number && path.show) {
        const point = at(path);
        if (point) rows.push({curve: path.curve, label: 'prompt ' + path.number, depth: point.depth, value: point.value});
      }
      const mean = drawn[drawn.length - 1];
      const point = at(mean);
      if (point) rows.push({curve: mean.curve, label: 'mean over all ' + curve.prompts.all, depth: point.depth, value: point.value});
      return rows;
    };
    box.append(group([['log', 'log'], ['linear', 'linear']], settings.scale, value => { settings.scale = value; redraw(); }), reset);
    chart = new Chart(place, settings);
    const chips = element('div', {class: 'chips', role: 'group', 'aria-label': 'Prompts'});
    const pick = chosen => {
      shown = new Set(chosen);
      buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(shown.has(i))));
      redraw();
    };
    const order = () => curve.prompts.paths.map((p, i) => [p[p.length - 1], i]).sort((a, b) => a[0] - b[0]).map(e => e[1]);
    const picks = element('div', {class: 'bar'});
    [['All', () => curve.prompts.paths.map((p, i) => i)], ['None', () => []], ['Lowest 5 at the end', () => order().slice(0, 5)],
      ['Highest 5 at the end', () => order().slice(-5)]].forEach(([text, which]) => {
      const button = element('button', {type: 'button'}, text);
      button.addEventListener('click', () => pick(which()));
      picks.append(button);
    });
    place.append(picks, chips);
    const note = element('p', {class: 'hint'});
    place.append(note);
    function choose(chosen) {
      curve = chosen;
      buttons = curve.prompts.numbers.map((n, i) => {
        const button = element('button', {type: 'button', 'aria-label': 'prompt ' + n}, String(n));
        button.addEventListener('click', () => {
          const visible = !shown.has(i);
          if (visible) shown.add(i); else shown.delete(i);
          button.setAttribute('aria-pressed', String(visible));
          chart.show(i, visible);
        });
        return button;
      });
      chips.replaceChildren(...buttons);
      const some = curve.prompts.numbers.length < curve.prompts.all;
      note.textContent = 'Thick line: the mean. Point at a line to single it out.'
        + (some ? ' ' + curve.prompts.numbers.length + ' of ' + curve.prompts.all + ' prompts are in this page.' : '');
      pick(curve.prompts.paths.map((p, i) => i));
    }
    choose(curve);
    return redraw;
  }

  const redraws = [];
  document.querySelectorAll('[data-chart]').forEach(section => {
    const data = charts[Number(section.dataset.chart)];
    redraws.push(curvesChart(section.querySelector('[data-part=curves]'), data));
    redraws.push(promptsChart(section.querySelector('[data-part=prompts]'), data));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => redraws.forEach(redraw => redraw()));
})();
