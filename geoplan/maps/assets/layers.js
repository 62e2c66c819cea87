// Layers on the map. Every layer has a pane of its own: opacity, order and swipe act on panes.
(function () {
  const OUTLINE_ZOOM = 13, TILE_ZOOM = 12;

  function pane(layer, order) {
    const name = "gp-" + layer.id;
    const node = GP.map.createPane(name);
    node.style.zIndex = String(layer.kind === "raster" ? 300 + order : 410 + layer.z);
    node.style.pointerEvents = "none";
    return name;
  }

  // A picture that is shown smaller than it is would lose narrow strips of it pixel by pixel:
  // there it is smoothed, and its pixels are told apart only where they are larger than those of the screen.
  GP.crisp = function (overlay) {
    const look = function () {
      const image = overlay.getElement && overlay.getElement();
      if (image && image.naturalWidth) image.classList.toggle("gp-shrunk", image.clientWidth < image.naturalWidth);
    };
    overlay.on("load add", function () { requestAnimationFrame(look); });
    overlay.on("add", function () { GP.map.on("zoomend", look); });
    overlay.on("remove", function () { GP.map.off("zoomend", look); });
    return overlay;
  };

  function picture(chunk, paneName, pixelated) {
    const b = chunk.bounds;
    const made = L.imageOverlay(GP.data.address(chunk), [[b[1], b[0]], [b[3], b[2]]], {
      pane: paneName, interactive: false, className: pixelated ? "gp-pixels" : "", alt: "" });
    return pixelated ? GP.crisp(made) : made;
  }

  // Only the pictures in view are in the page: a decoded county at 10 m is 100 MB. Below the
  // zoom where its pixel is a screen pixel, one coarse picture stands for all of them.
  function images(chunks, paneName, pixelated, low, legend) {
    const group = L.layerGroup(), made = new Map();
    const now = function () { return low && low.chunks.length && GP.map.getZoom() < low.zoom ? low.chunks : chunks; };
    if (legend.some(function (l) { return l.pattern; })) group.addLayer(GP.hatch(paneName, legend, now));
    const update = function () {
      if (!GP.map.hasLayer(group)) return;
      const view = GP.map.getBounds().pad(0.25), wanted = new Set();
      for (const c of now()) {
        const b = c.bounds;
        if (view.intersects([[b[1], b[0]], [b[3], b[2]]])) wanted.add(c);
      }
      for (const c of wanted) if (!made.has(c)) { made.set(c, picture(c, paneName, pixelated)); group.addLayer(made.get(c)); }
      for (const c of Array.from(made.keys())) if (!wanted.has(c)) { group.removeLayer(made.get(c)); made.delete(c); }
    };
    group.on("add", update);
    GP.map.on("moveend", update);
    return group;
  }

  // Water is told by its lines too, where there is no colour.
  const WAVE = "M0 4q2.5 -3 5 0t5 0", DEEP = "#1f4e79";
  GP.waves = function (layer) {
    document.body.append(GP.svg("svg", { class: "gp-live", "aria-hidden": "true" }, [
      GP.svg("pattern", { id: "gp-waves-" + layer.id, width: 10, height: 7, patternUnits: "userSpaceOnUse" }, [
        GP.svg("rect", { width: 10, height: 7, fill: layer.stroke }), GP.svg("path", { d: WAVE, fill: "none", stroke: DEEP, "stroke-width": 1.2 })])]));
  };
  GP.waved = function () { return GP.svg("path", { d: "M1 5q2.5 -3 5 0t5 0t5 0t5 0M1 10q2.5 -3 5 0t5 0t5 0t5 0", fill: "none", stroke: DEEP, "stroke-width": 1.2 }); };

  GP.NO_VALUE = "#9a9a9a";  // ramp_steps.py
  GP.LATE = { dash: "5 4", strength: 0.35 };

  GP.classOf = function (layer, data, i) {
    if (!layer.style_by) return 0;
    const v = GP.data.attr(data, layer.style_by, i);
    if (v === null) return -1;
    if (layer.breaks.length) {
      let k = 0;
      while (k < layer.breaks.length - 2 && v >= layer.breaks[k + 1]) k++;
      return k;
    }
    return layer.classIndex[String(v)] === undefined ? -1 : layer.classIndex[String(v)];
  };

  GP.colourOf = function (layer, k) {
    if (!layer.style_by) return layer.stroke;
    return k >= 0 && layer.classes[k] ? layer.classes[k].colour : GP.NO_VALUE;
  };

  // geographic rings of a feature as Leaflet wants them
  function rings(data, f) {
    const out = [];
    for (let r = data.ring[f]; r < data.ring[f + 1]; r++) {
      const line = [];
      for (let i = data.point[r]; i < data.point[r + 1]; i++) line.push([data.y[i], data.x[i]]);
      out.push(line);
    }
    return out;
  }

  function small(layer, data, paneName) {
    const group = L.layerGroup();
    layer.shapes = [];
    layer.shapeGroup = group;
    const add = function (shape) { layer.shapes.push(shape); group.addLayer(shape); };
    // a canvas costs a screen of memory a layer; a few shapes are cheaper as SVG
    const waves = layer.symbol === "waves", few = waves || (data.n <= 300 && data.x.length <= 20000);
    if (waves) GP.waves(layer);
    const renderer = few ? L.svg({ pane: paneName, padding: 0.3 }) : L.canvas({ pane: paneName, padding: 0.15 });
    for (let f = 0; f < data.n; f++) {
      const k = GP.classOf(layer, data, f), colour = GP.colourOf(layer, k);
      const shared = { renderer: renderer, interactive: false, pane: paneName };
      if (data.dim === 2) {
        // what waits for something is pale in a broken line, as on paper
        const late = layer.late && GP.data.attr(data, "provisional", f);
        add(L.polygon(rings(data, f), Object.assign(shared, {
          color: layer.stroke, weight: layer.width, dashArray: late ? GP.LATE.dash : layer.dash || null, fill: layer.fill,
          fillColor: waves ? "url(#gp-waves-" + layer.id + ")" : colour, fillOpacity: late ? GP.LATE.strength * layer.opacity : layer.opacity, fillRule: "evenodd" })));
      } else if (data.dim === 1) {
        add(L.polyline(rings(data, f), Object.assign(shared, {
          color: layer.style_by ? colour : layer.stroke, weight: layer.width, dashArray: layer.dash || null })));
      } else {
        const i = data.point[data.ring[f]];
        const ring = layer.symbol === "ring";
        add(L.circleMarker([data.y[i], data.x[i]], Object.assign(shared, {
          radius: layer.radius, color: ring ? layer.stroke : "#ffffff", weight: ring ? 2 : 1.2,
          fillColor: ring ? "#ffffff" : colour, fillOpacity: ring ? 0.4 : 0.95 })));
      }
    }
    return group;
  }

  // Features too small to be seen from afar, summed over squares in the colours of their ramp.
  function heat(layer, data, paneName) {
    const step = 0.008, sums = new Map(), group = L.layerGroup(), b = data.box;
    for (let f = 0; f < data.n; f++) {
      const key = Math.floor((b[4 * f] + b[4 * f + 2]) / 2 / step) + "," + Math.floor((b[4 * f + 1] + b[4 * f + 3]) / 2 / step);
      sums.set(key, (sums.get(key) || 0) + (Number(GP.data.attr(data, layer.heat, f)) || 0));
    }
    const order = Array.from(sums.values()).sort(function (p, q) { return p - q; }), colours = layer.classes.filter(function (c) { return c.value !== -1; }).map(function (c) { return c.colour; });
    const renderer = L.canvas({ pane: paneName, padding: 0.15 });
    for (const entry of sums) {
      const at = entry[0].split(",").map(Number), k = Math.min(colours.length - 1, Math.floor(colours.length * order.findIndex(function (v) { return v >= entry[1]; }) / order.length));
      group.addLayer(L.rectangle([[at[1] * step, at[0] * step], [(at[1] + 1) * step, (at[0] + 1) * step]], { renderer: renderer, pane: paneName, interactive: false,
        stroke: false, fillColor: colours[k] || layer.stroke, fillOpacity: 0.75 }));
    }
    return group;
  }

  // one of two pictures of a layer, by zoom
  function byZoom(far, near) {
    const group = L.layerGroup();
    const swap = function () {
      const low = GP.map.getZoom() < OUTLINE_ZOOM, on = low ? far : near, off = low ? near : far;
      if (group.hasLayer(off)) group.removeLayer(off);
      if (!group.hasLayer(on)) group.addLayer(on);
    };
    group.on("add", swap);
    GP.map.on("zoomend", function () { if (GP.map.hasLayer(group)) swap(); });
    return group;
  }

  // Many features: cut tile by tile straight from the coordinate arrays, painted class by class.
  // (geojson-vt was measured first: it draws as fast, but its nested arrays take the browser
  // past a gigabyte with 80,000 parcels; this needs nothing beyond the decoded coordinates.)
  function mercatorY(data) {
    if (!data.my) {
      data.my = new Float64Array(data.y.length);
      for (let i = 0; i < data.y.length; i++) data.my[i] = 0.5 - GP.data.mercator(data.y[i]) / (2 * Math.PI);
    }
    return data.my;
  }

  function tilePaths(layer, data, coords, size) {
    const my = mercatorY(data), scale = size * Math.pow(2, coords.z), ox = coords.x * size, oy = coords.y * size;
    const lon = function (px) { return ((ox + px) / scale - 0.5) * 360; };
    const lat = function (py) { return Math.atan(Math.sinh(2 * Math.PI * (0.5 - (oy + py) / scale))) * 180 / Math.PI; };
    const pad = 4, paths = new Map();
    for (const f of GP.data.inBox(data, lon(-pad), lat(size + pad), lon(size + pad), lat(-pad))) {
      const k = GP.classOf(layer, data, f);
      if (!paths.has(k)) paths.set(k, new Path2D());
      const path = paths.get(k);
      for (let r = data.ring[f]; r < data.ring[f + 1]; r++) {
        let lx = 0, ly = 0;
        const first = data.point[r], end = data.point[r + 1];
        for (let i = first; i < end; i++) {
          const x = (data.x[i] / 360 + 0.5) * scale - ox, y = my[i] * scale - oy;
          if (data.dim === 0) { path.rect(x - 2, y - 2, 4, 4); continue; }
          if (i === first) path.moveTo(x, y);
          // points nearer than half a pixel to the one before add nothing
          else if (i + 1 < end && Math.abs(x - lx) + Math.abs(y - ly) < 0.5) continue;
          else path.lineTo(x, y);
          lx = x; ly = y;
        }
      }
    }
    return paths;
  }

  const Tiles = L.GridLayer.extend({
    createTile: function (coords) {
      const size = this.getTileSize(), ratio = Math.min(2, window.devicePixelRatio || 1);
      const canvas = document.createElement("canvas");
      canvas.width = size.x * ratio; canvas.height = size.y * ratio;
      const ctx = canvas.getContext("2d"), layer = this.gp.layer;
      for (const entry of tilePaths(layer, this.gp.data, coords, size.x * ratio)) {
        if (layer.geometry !== "line" && layer.fill) {
          ctx.globalAlpha = layer.opacity;
          ctx.fillStyle = GP.colourOf(layer, entry[0]);
          ctx.fill(entry[1], "evenodd");
        }
        // outlines of half a pixel would turn the county grey
        if (coords.z >= OUTLINE_ZOOM || layer.geometry === "line" || !layer.fill) {
          ctx.globalAlpha = 0.9;
          ctx.strokeStyle = layer.stroke;
          ctx.lineWidth = layer.width * ratio;
          ctx.stroke(entry[1]);
        }
      }
      return canvas;
    },
  });

  function many(layer, data, paneName) {
    const group = L.layerGroup();
    const tiles = new Tiles({ pane: paneName, minZoom: layer.overview ? TILE_ZOOM : 0, maxZoom: 22,
      maxNativeZoom: 16, keepBuffer: 1, updateWhenIdle: true });
    tiles.gp = { layer: layer, data: data };
    group.addLayer(tiles);
    if (layer.overview) {
      const overview = images(layer.overview, paneName, false, null, []);
      const swap = function () {
        const low = Math.round(GP.map.getZoom()) < TILE_ZOOM;
        if (low && !group.hasLayer(overview)) group.addLayer(overview);
        if (!low && group.hasLayer(overview)) group.removeLayer(overview);
      };
      group.on("add", swap);
      GP.map.on("zoomend", function () { if (GP.map.hasLayer(group)) swap(); });
    }
    return group;
  }

  // Make the Leaflet layer the first time it is shown.
  GP.build = async function (layer) {
    if (layer.leaflet) return layer.leaflet;
    if (!layer.building) {
      layer.building = (async function () {
        if (layer.kind === "raster") return images(layer.chunks, layer.pane, layer.pixelated, layer.low, layer.legend);
        layer.data = await GP.data.features(layer.blob);
        const made = layer.kind === "tiles" ? many(layer, layer.data, layer.pane) : small(layer, layer.data, layer.pane);
        return layer.heat && layer.classes.length ? byZoom(heat(layer, layer.data, layer.pane), made) : made;
      })().then(function (made) { layer.leaflet = made; return made; });
    }
    return layer.building;
  };

  GP.load = async function (layer) {
    if (layer.kind !== "raster" && !layer.data) layer.data = await GP.data.features(layer.blob);
    return layer.data;
  };

  GP.show = async function (layer, on) {
    layer.visible = on;
    try {
      if (on) {
        const made = await GP.build(layer);
        if (layer.visible && !GP.map.hasLayer(made)) GP.map.addLayer(made);
      } else if (layer.leaflet) GP.map.removeLayer(layer.leaflet);
    } catch (err) {
      console.error(layer.id, err);
      GP.announce(GP.t("failed", { layer: GP.say(layer.title), error: err.message }));
    }
    GP.emit("shown", layer);
  };

  GP.setOpacity = function (group, value) {
    group.opacity = value;
    for (const layer of GP.layers)
      if (layer.group === group.id)
        GP.map.getPane(layer.pane).style.opacity = String(value * (layer.kind === "raster" ? layer.opacity : 1));
    GP.emit("opacity", group);
  };

  GP.prepare = function () {
    GP.layers = GP.meta.layers;
    GP.layers.forEach(function (layer, order) {
      layer.pane = pane(layer, order);
      layer.classIndex = {};
      (layer.classes || []).forEach(function (c, i) { layer.classIndex[c.value] = i; });
      GP.byId[layer.id] = layer;
    });
  };
})();
