// Names on the map: greedy placement by rank, none over another. A name stands on what it names, or
// beside it and nearer to it than to its neighbours, or at the end of a line to it; else it is not shown.
(function () {
  // steps from the middle of the land, in widths and lines of the name
  const ASIDE = [[0, 0], [0, -1], [0, 1], [0.6, 0], [-0.6, 0], [0, -2], [0, 2]];
  const ROUND = ASIDE.concat([[1.1, 0], [-1.1, 0], [0.8, -1], [0.8, 1], [-0.8, -1], [-0.8, 1], [0, -3], [0, 3]]);
  // a line of a name is as short as it can be: turns of the compass, the level ones first
  const FAR = [2.2, 3.2, 4.4, 6, 8], TURNS = [0, 8, 1, 15, 7, 9, 2, 14, 6, 10, 3, 13, 5, 11, 4, 12];
  // across the land a name is on, at these shares of its height
  const CUTS = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9];
  const ACROSS = [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875];  // where along a line other land is looked for
  const CLEAR = 3, OFF = 250;  // pixels: nearer by at least this much; beyond the view nothing is looked at
  const NEAR = 6, FREE = 24, PAD = 4;  // pixels between the end of a line and a name of another, at least and where there is room; between a name and its box
  // The best are named from afar too, however narrow they are.
  const BEST = 10;
  const OVER = ".gp-legend-box, .gp-views .gp-button, .gp-map-buttons, .gp-north, .gp-readout, .leaflet-control-scale", GRATICULE = ".gp-grat";

  // The features of a layer in pixels of the map's box, those near the view and not filtered away.
  function outlines(layer, size) {
    const data = layer.data, scale = 256 * Math.pow(2, GP.map.getZoom()), o = GP.map.latLngToContainerPoint([0, 0]);
    const px = function (lon) { return o.x + scale * lon / 360; }, py = function (lat) { return o.y - scale * GP.data.mercator(lat) / (2 * Math.PI); };
    return Array.from({ length: data.n }, function (_, f) {
      const b = data.box, box = [px(b[4 * f]), py(b[4 * f + 3]), px(b[4 * f + 2]), py(b[4 * f + 1])];
      if ((layer.hidden && layer.hidden[f]) || box[0] > size.x + OFF || box[2] < -OFF || box[1] > size.y + OFF || box[3] < -OFF) return null;
      const rings = [];
      for (let r = data.ring[f]; r < data.ring[f + 1]; r++) {
        const line = [], end = data.point[r + 1];
        for (let i = data.point[r]; i < end; i++) {
          const x = px(data.x[i]), y = py(data.y[i]), last = line[line.length - 1];
          if (!last || i + 1 === end || Math.abs(x - last[0]) + Math.abs(y - last[1]) >= 1) line.push([x, y]);
        }
        rings.push(line);
      }
      return { dim: data.dim, box: box, rings: rings };
    });
  }

  // How far a point is from a feature; 0 on its land. Beyond `most` nobody asks.
  function away(shape, x, y, most) {
    const b = shape.box;
    if (Math.hypot(Math.max(b[0] - x, 0, x - b[2]), Math.max(b[1] - y, 0, y - b[3])) > most) return Infinity;
    let best = Infinity, inside = false;
    for (const ring of shape.rings) for (let i = shape.dim === 1 ? 1 : 0, n = ring.length; i < n; i++) {
      const p = ring[(i + n - 1) % n], q = ring[i], dx = q[0] - p[0], dy = q[1] - p[1], ll = dx * dx + dy * dy;
      if (shape.dim === 2 && (p[1] > y) !== (q[1] > y) && x < dx * (y - p[1]) / dy + p[0]) inside = !inside;
      const u = ll ? Math.max(0, Math.min(1, ((x - p[0]) * dx + (y - p[1]) * dy) / ll)) : 0;
      best = Math.min(best, Math.hypot(p[0] + u * dx - x, p[1] + u * dy - y));
    }
    return inside ? 0 : best;
  }

  // Where a name may stand, the best first: of land the middles of cuts across it, those as wide as the name before others.
  function anchors(shape, w) {
    const b = shape.box, middle = [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2], found = [];
    if (shape.dim === 0) return [shape.rings[0][0]];
    if (shape.dim === 1) return [shape.rings.flat().reduce(function (m, p) { return Math.hypot(p[0] - middle[0], p[1] - middle[1]) < Math.hypot(m[0] - middle[0], m[1] - middle[1]) ? p : m; })];
    for (const share of CUTS) {
      const y = b[1] + share * (b[3] - b[1]), cuts = [];
      for (const ring of shape.rings) ring.forEach(function (q, i) {
        const p = ring[(i + ring.length - 1) % ring.length];
        if ((p[1] > y) !== (q[1] > y)) cuts.push((q[0] - p[0]) * (y - p[1]) / (q[1] - p[1]) + p[0]);
      });
      cuts.sort(function (m, n) { return m - n; });
      for (let k = 0; k + 1 < cuts.length; k += 2) found.push({ at: [(cuts[k] + cuts[k + 1]) / 2, y], wide: Math.min(w, cuts[k + 1] - cuts[k]) });
    }
    return found.length ? found.sort(function (m, n) { return n.wide - m.wide; }).map(function (x) { return x.at; }) : [middle];
  }

  const overlaps = function (a, b) { return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1]; };

  // whether a line from p to q meets a box
  function meets(p, q, box) {
    let from = 0, to = 1;
    for (const k of [0, 1]) {
      const d = q[k] - p[k];
      if (!d) { if (p[k] < box[k] || p[k] > box[k + 2]) return false; continue; }
      const a = (box[k] - p[k]) / d, b = (box[k + 2] - p[k]) / d;
      from = Math.max(from, Math.min(a, b)); to = Math.min(to, Math.max(a, b));
    }
    return from <= to;
  }

  // What lies over the map already: buttons and the legend, on paper the names of the graticule.
  function boxes(nodes) {
    const at = GP.map.getContainer().getBoundingClientRect();
    return Array.from(document.querySelectorAll(nodes), function (n) { const r = n.getBoundingClientRect(); return { node: n, box: r.width ? [r.left - at.left, r.top - at.top, r.right - at.left, r.bottom - at.top] : null }; })
      .filter(function (x) { return x.box; });
  }

  const grown = function (box, by) { return [box[0] - by, box[1] - by, box[2] + by, box[3] + by]; };

  // The marks of points on the map: no name and no line lies on them where there is other room.
  function marks(size) {
    const out = [];
    for (const layer of GP.layers) {
      if (!layer.visible || layer.kind !== "vector" || !layer.data || layer.data.dim !== 0) continue;
      for (const shape of outlines(layer, size)) if (shape) for (const ring of shape.rings) for (const p of ring) out.push(grown([p[0], p[1], p[0], p[1]], layer.radius));
    }
    return out;
  }

  // Where a name of the size [w, h] finds room: { x, y, rect, line }; null for nowhere.
  function place(shapes, f, at, ends, size, room, lead) {
    const marked = shapes[f].dim === 2 && room.marks.length ? [room.marks, []] : [[]];
    for (const m of marked) { const found = beside(shapes, f, at, ends, size, room, m); if (found) return found; }
    if (lead) for (const m of marked) for (const over of [false, true]) { const found = led(shapes, f, ends, size, room, m, over); if (found) return found; }
    return null;
  }

  function free(rect, room, marked) {
    return !room.taken.some(function (o) { return overlaps(rect, o); }) && !marked.some(function (o) { return overlaps(rect, o); }) &&
      !room.lines.some(function (l) { return meets(l[0], l[1], rect) || meets(l[1], l[1], grown(rect, NEAR)); });
  }

  function beside(shapes, f, at, ends, size, room, marked) {
    const w = size[0], h = size[1], own = shapes[f];
    const rectAt = function (x, y) { return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]; };
    const steps = room.steps.map(function (s) { return [at[0] + s[0] * w, at[1] + (own.dim === 0 ? 14 : 0) + h * s[1]]; });
    for (const [x, y] of steps.slice(0, 1).concat(own.dim === 2 ? ends : [], steps.slice(1))) {
      const rect = rectAt(x, y);
      if (!free(rect, room, marked)) continue;
      const far = away(own, x, y, Infinity);
      if (far > 0 && others(shapes, f, x, y, far + CLEAR)) continue;
      return { x: x, y: y, rect: rect, line: null };
    }
    return null;
  }

  const others = function (shapes, f, x, y, most) { return shapes.some(function (o, k) { return o && k !== f && away(o, x, y, most) <= most; }); };

  // A line ends on the land itself, away from the names of others; the shortest there is, over no name or
  // line, over no mark of `marked`, and but `over` over no land of another one.
  function led(shapes, f, ends, size, room, marked, over) {
    const w = size[0], h = size[1], hit = function (p, q, by) { return function (o) { return meets(p, q, grown(o, by)); }; };
    const open = ends.filter(function (p) { return away(shapes[f], p[0], p[1], 0) === 0 && !room.taken.some(hit(p, p, NEAR)) && !marked.some(hit(p, p, 0)); })
      .map(function (p) { return { at: p, off: Math.min(FREE, ...room.taken.map(function (o) { return Math.hypot(Math.max(o[0] - p[0], 0, p[0] - o[2]), Math.max(o[1] - p[1], 0, p[1] - o[3])); })) }; })
      .sort(function (a, b) { return b.off - a.off; }).map(function (x) { return x.at; });
    for (const far of FAR) for (const end of open) for (const turn of TURNS) {
      const x = end[0] + Math.cos(turn * Math.PI / 8) * (far * h + w / 2 - h / 2), y = end[1] + Math.sin(turn * Math.PI / 8) * far * h;
      const rect = [x - w / 2, y - h / 2, x + w / 2, y + h / 2], inner = grown(rect, -PAD);
      if (rect[0] < 0 || rect[1] < 0 || rect[2] > room.size.x || rect[3] > room.size.y || !free(rect, room, marked)) continue;
      // on no land of another one
      if ([x - w / 2, x, x + w / 2].some(function (v) { return others(shapes, f, v, y, h / 2); })) continue;
      const line = [[Math.max(inner[0], Math.min(inner[2], end[0])), Math.max(inner[1], Math.min(inner[3], end[1]))], end];
      if (room.taken.some(hit(line[0], line[1], PAD)) || marked.some(hit(line[0], line[1], 0)) || room.lines.some(function (l) { return crossing(l, line); })) continue;
      if (!over && ACROSS.some(function (u) { return others(shapes, f, line[0][0] + u * (end[0] - line[0][0]), line[0][1] + u * (end[1] - line[0][1]), 0); })) continue;
      return { x: x, y: y, rect: rect, line: line };
    }
    return null;
  }

  function crossing(a, b) {
    const side = function (l, p) { return Math.sign((l[1][0] - l[0][0]) * (p[1] - l[0][1]) - (l[1][1] - l[0][1]) * (p[0] - l[0][0])); };
    return side(a, b[0]) !== side(a, b[1]) && side(b, a[0]) !== side(b, a[1]);
  }

  // The lines of names, dark on white so that they are seen on land of every colour.
  function drawn(lines) {
    const at = function (p) { return GP.map.containerPointToLayerPoint(p); };
    const box = GP.svg("svg", { class: "gp-leaders", width: 1, height: 1 });
    for (const look of [{ stroke: "#fff", "stroke-width": 3.4 }, { stroke: "#1f2933", "stroke-width": 1.2 }]) for (const l of lines) {
      const p = at(l[0]), q = at(l[1]);
      box.append(GP.svg("line", Object.assign({ x1: p.x, y1: p.y, x2: q.x, y2: q.y }, look)), GP.svg("circle", Object.assign({ cx: q.x, cy: q.y, r: 2 }, look)));
    }
    return box;
  }

  // On paper names are smaller, every site has one, and those without room are given back.
  GP.labels = function () {
    const paper = document.documentElement.classList.contains("gp-printing"), em = paper ? 9 : 12, left = [];
    const node = GP.map.getPane("gp-labels") || GP.map.createPane("gp-labels");
    node.style.zIndex = "640";
    node.style.pointerEvents = "none";
    node.setAttribute("aria-hidden", "true");
    node.replaceChildren();
    const size = GP.map.getSize(), names = new Set(), zoom = GP.map.getZoom(), room = { taken: boxes(paper ? OVER + ", " + GRATICULE : OVER).map(function (x) { return x.box; }), lines: [], marks: marks(size), steps: paper ? ROUND : ASIDE, size: size };
    const sized = function (text) { return /[\u2e80-\uffff]/.test(text) ? text.length * em * 1.04 : text.length * em * 0.625; };
    const named = GP.layers.filter(function (l) { return l.visible && l.label && l.data && l.leaflet && l.n <= 400; }).reverse()
      .sort(function (a, b) { return a.label_rank - b.label_rank; });
    for (const layer of named) {
      const field = GP.lang === "en" ? layer.label_en : layer.label, first = layer.label_rank === 0, shapes = outlines(layer, size);
      // what was reviewed is named before what was not, then by rank: the best first
      const ranked = layer.data.attrs.rank !== undefined, rankOf = function (f) { const r = ranked ? GP.data.attr(layer.data, "rank", f) : null; return typeof r === "number" ? r : Infinity; };
      const verdicts = Array.from({ length: layer.data.n }, function (_, f) { return layer.label === "site_id" ? GP.verdict(String(GP.data.attr(layer.data, field, f))) : null; });
      const order = verdicts.map(function (_, f) { return f; }).sort(function (a, b) { return (verdicts[b] ? 1 : 0) - (verdicts[a] ? 1 : 0) || (rankOf(a) > rankOf(b) ? 1 : rankOf(a) < rankOf(b) ? -1 : a - b); });
      // but for the best, names that need a line wait for those that stand on their own land
      const turns = order.map(function (f) { return [f, false]; });
      for (const [f, again] of turns) {
        const full = GP.data.attr(layer.data, field, f);
        if (!full || !shapes[f] || (names.has(full) && layer.group === "base")) continue;
        const most = first ? 30 : 16, text = String(full).length > most ? String(full).slice(0, most - 1) + "…" : String(full);
        const asked = first || verdicts[f] || rankOf(f) <= BEST || (paper && layer.label === "site_id"), b = shapes[f].box;
        if (layer.data.dim === 0 ? zoom < 13 : b[2] - b[0] < 28 && zoom < 13 && !asked) continue;
        const verdict = verdicts[f], said = verdict ? " " + GP.say(verdict.words.state) : "";
        const w = sized(text) + sized(said) + (paper ? 3 : 8), line = em * 1.5, ends = anchors(shapes[f], w), at = ends[0];
        if (at[0] < 0 || at[1] < 0 || at[0] > size.x || at[1] > size.y) continue;
        // a name of a zone stands whole, clear of the buttons at the right
        const from = first ? [Math.max(w / 2, Math.min(size.x - (paper ? 0 : 58) - w / 2, at[0])), at[1]] : at;
        let found = place(shapes, f, from, ends, [w, line], room, layer.label === "site_id" && (again || verdicts[f] || rankOf(f) <= BEST));
        if (!found && first) found = { x: from[0], y: from[1], rect: [from[0] - w / 2, from[1] - line / 2, from[0] + w / 2, from[1] + line / 2], line: null };
        if (!found && !again && layer.label === "site_id") { turns.push([f, true]); continue; }
        if (!found) {
          if (layer.label === "site_id") left.push(siteLine(layer, f));
          continue;
        }
        room.taken.push(found.rect);
        if (found.line) room.lines.push(found.line);
        names.add(full);
        const q = GP.map.containerPointToLayerPoint([found.x, found.y]);
        node.append(GP.el("span", { class: "gp-label gp-label-" + layer.group + (first ? " gp-label-first" : ""), "data-layer": layer.id, "data-f": String(f), style: {
          left: q.x + "px", top: q.y + "px" } }, [GP.el("span", { text: text }),
          verdict ? GP.el("b", { class: "gp-signed gp-signed-" + verdict.state, text: said }) : null]));
      }
    }
    node.prepend(drawn(room.lines));
    // on the screen a line of longitude or latitude is named again nearby when the map is moved: the places come first
    if (!paper) for (const x of boxes(GRATICULE)) x.node.style.visibility = room.taken.some(function (o) { return overlaps(x.box, o); }) ? "hidden" : "";
    return left;
  };

  // "PV-07 (329 MW, 红崖子乡)"
  function siteLine(layer, f) {
    const value = function (name) { const field = layer.fields.find(function (x) { return x.name === name; }), v = field && GP.data.attr(layer.data, name, f); return v ? GP.valueText(layer, field, v) : ""; };
    const more = [value("capacity_mw"), value("township")].filter(Boolean).join(GP.t("comma"));
    return GP.data.attr(layer.data, layer.label, f) + (more ? GP.t("in_brackets", { text: more }) : "");
  }
})();
