// Patterns of the states over their pictures, in pixels of the screen: as wide at every zoom, and of
// one piece over the whole map. The colours of a picture tell which pattern is where.
(function () {
  GP.OVER = "-over";  // what the pane of a picture's patterns above the sites is called after it
  const REPEAT = 16, MARGIN = 0.15;  // pixels after which all patterns repeat; of the view, drawn on every side of it
  const ink = function (value, alpha) { return alpha << 24 | value << 16 | value << 8 | value; };
  const DARK = ink(0, 102), PALE = ink(255, 191), WHITE = ink(255, 255);
  const turn = function (v, n) { return (v + 2 * REPEAT) % n; };
  // the same as those of paper (rasters.py), laid over the colour
  const PATTERNS = {
    back: function (x, y) { return turn(y - x, 8) < 2 ? DARK : 0; },
    lines: function (x, y) { return turn(x + y, 8) < 2 ? 0 : PALE; },
    dots: function (x, y) { return y % 4 < 2 && x % 4 < 2 ? WHITE : 0; },
    veil: function (x, y) { return turn(x + y, 16) < 4 ? WHITE : 0; },
  };

  // the patterns of `looks` one after another, at `k` pixels of the canvas a pixel of the page
  function stamps(looks, k) {
    const n = REPEAT * k, out = new Int32Array(looks.length * n * n);
    for (let i = 0; i < out.length; i++) out[i] = PATTERNS[looks[Math.floor(i / (n * n))].pattern](i % n / k, Math.floor(i / n) % n / k);
    return out;
  }

  // which pattern each pixel of a picture has: its place among the legend's, from 1
  async function patternsOf(picture, looks) {
    const img = await GP.data.pixels(picture), words = new Int32Array(img.data.buffer), out = new Uint8Array(words.length);
    const of = new Map(looks.map(function (l, i) { return [255 << 24 | parseInt(l.colour.slice(5, 7) + l.colour.slice(3, 5) + l.colour.slice(1, 3), 16), i + 1]; }));
    let last = 0, kind = 0;
    for (let i = 0; i < words.length; i++) {
      if (words[i] !== last) { last = words[i]; kind = of.get(last) || 0; }
      out[i] = kind;
    }
    return { kind: out, width: img.width, height: img.height };
  }

  // a row of the canvas; signed words, for the others are slow
  function fill(out, first, kinds, row, cols, inks, each, at, phase) {
    for (let i = 0; i < cols.length; i++) {
      const kind = kinds[row + cols[i]];
      if (kind) out[first + i] = inks[(kind - 1) * each + at + phase[i]];
    }
  }

  GP.on("shown", function (layer) { if (layer && layer.label === "site_id") GP.map.fire("gp-sites"); });
  GP.on("opacity", function () { GP.map.fire("gp-faint"); });

  // A canvas as large as the view, moved and zoomed with the map.
  const Sheet = L.ImageOverlay.extend({
    initialize: function (pane) {
      L.setOptions(this, { pane: pane, zIndex: 2 });
      this._bounds = GP.map.getBounds();
    },
    _initImage: function () {
      this._image = L.DomUtil.create("canvas", "gp-hatch leaflet-image-layer" + (this._zoomAnimated ? " leaflet-zoom-animated" : ""));
      this._image.style.zIndex = String(this.options.zIndex);
    },
    // `pixels` of the view, at `k` a pixel of the page
    put: function (pixels, bounds) {
      this._image.width = pixels.width; this._image.height = pixels.height;
      this.setBounds(bounds);
      const ctx = this._image.getContext("2d");
      ctx.putImageData(pixels, 0, 0);
      return ctx;
    },
  });

  // Land that is drawn over the pictures, in pixels from `from`; null for none.
  function covers(from, k) {
    const scale = 256 * Math.pow(2, GP.map.getZoom()), path = new Path2D();
    let n = 0;
    for (const layer of GP.layers) {
      const data = layer.data;
      if (!layer.visible || layer.label !== "site_id" || !layer.fill || !data || data.dim !== 2) continue;
      for (let f = 0; f < data.n; f++) {
        if ((layer.hidden && layer.hidden[f]) || (layer.late && GP.data.attr(data, "provisional", f))) continue;
        n += 1;
        for (let r = data.ring[f]; r < data.ring[f + 1]; r++) for (let i = data.point[r]; i < data.point[r + 1]; i++)
          path[i === data.point[r] ? "moveTo" : "lineTo"](k * (scale * (data.x[i] / 360 + 0.5) - from.x), k * (scale * (0.5 - GP.data.mercator(data.y[i]) / (2 * Math.PI)) - from.y));
      }
    }
    return n ? path : null;
  }

  const Hatch = Sheet.extend({
    initialize: function (pane, legend, pictures) {
      Sheet.prototype.initialize.call(this, pane);
      // sites hide what is beneath them: there the patterns stand once more, in white, above them
      const name = pane + GP.OVER, over = GP.map.getPane(name) || GP.map.createPane(name);
      over.style.zIndex = "456";
      over.style.pointerEvents = "none";
      this._over = new Sheet(name);
      this._looks = legend.filter(function (l) { return l.pattern; });
      this._pictures = pictures;
      this._read = new Map();
    },
    getEvents: function () { return Object.assign(L.ImageOverlay.prototype.getEvents.call(this), { moveend: this.draw, "gp-sites": this._paint, "gp-faint": this._faint }); },
    onAdd: function (map) { L.ImageOverlay.prototype.onAdd.call(this, map); map.addLayer(this._over); this._faint(); this.draw(); },
    onRemove: function (map) { map.removeLayer(this._over); L.ImageOverlay.prototype.onRemove.call(this, map); },
    // as faint as the pictures are made by their group; what the layer itself lets through is no matter here
    _faint: function () {
      const layer = GP.layers.find(function (l) { return l.pane === this.options.pane; }, this);
      const group = layer && GP.meta.groups.find(function (g) { return g.id === layer.group; });
      GP.map.getPane(this._over.options.pane).style.opacity = String(group && group.opacity !== undefined ? group.opacity : 1);
    },

    // Pictures out of view are forgotten, those that come into it are read and then drawn.
    draw: function () {
      const self = this, view = GP.map.getBounds().pad(MARGIN);
      const seen = this._pictures().filter(function (p) { const b = p.bounds; return view.intersects([[b[1], b[0]], [b[3], b[2]]]); });
      for (const p of Array.from(this._read.keys())) if (!seen.includes(p)) this._read.delete(p);
      for (const p of seen) if (!this._read.has(p)) {
        this._read.set(p, null);
        patternsOf(p, this._looks).then(function (found) {
          if (!self._read.has(p)) return;
          self._read.set(p, found);
          if (self._map) self.draw();
        }).catch(function (err) { console.warn("hatch", err); });
      }
      this._paint();
      if (Array.from(this._read.values()).every(Boolean)) this.fire("drawn");
    },

    _paint: function () {
      const map = this._map, paper = document.documentElement.classList.contains("gp-printing");
      const k = Math.min(2, Math.max(paper ? 2 : 1, Math.ceil(window.devicePixelRatio || 1))), size = map.getSize(), pad = size.multiplyBy(MARGIN).ceil();
      const from = map.getPixelBounds().min.round().subtract(pad), whole = size.add(pad.multiplyBy(2)), wide = k * whole.x;
      const bounds = L.latLngBounds(map.unproject(from), map.unproject(from.add(whole)));
      const image = new ImageData(wide, k * whole.y), out = new Int32Array(image.data.buffer), n = REPEAT * k;
      const inks = stamps(this._looks, k);
      for (const entry of this._read) {
        const b = entry[0].bounds, read = entry[1];
        if (!read) continue;
        const nw = map.project([b[3], b[0]]).round().subtract(from).multiplyBy(k), se = map.project([b[1], b[2]]).round().subtract(from).multiplyBy(k);
        const x0 = Math.max(0, nw.x), x1 = Math.min(wide, se.x), y0 = Math.max(0, nw.y), y1 = Math.min(k * whole.y, se.y), many = Math.max(0, x1 - x0);
        const cols = Int32Array.from({ length: many }, function (_, i) { return Math.floor((x0 + i + 0.5 - nw.x) / (se.x - nw.x) * read.width); });
        const phase = Int32Array.from({ length: many }, function (_, i) { return (k * from.x + x0 + i) % n; });
        for (let y = y0; y < y1; y++) {
          const row = read.width * Math.floor((y + 0.5 - nw.y) / (se.y - nw.y) * read.height), at = ((k * from.y + y) % n) * n, first = y * wide + x0;
          fill(out, first, read.kind, row, cols, inks, n * n, at, phase);
        }
      }
      this.put(image, bounds);
      const land = covers(from, k);
      if (land) for (let i = 0; i < out.length; i++) if (out[i]) out[i] = WHITE;
      const ctx = this._over.put(land ? image : new ImageData(1, 1), bounds);
      ctx.globalCompositeOperation = "destination-in";
      if (land) ctx.fill(land, "evenodd");
    },
  });

  // The patterns of a legend over pictures, each { bounds, blob or url }, in the pane of their layer.
  GP.hatch = function (pane, legend, pictures) { return new Hatch(pane, legend, pictures); };
})();
