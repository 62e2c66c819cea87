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

  function picture(chunk, paneName, pixelated) {
    const b = chunk.bounds;
    const url = "data:image/webp;base64," + GP.data.take(chunk.blob).textContent;
    return L.imageOverlay(url, [[b[1], b[0]], [b[3], b[2]]], {
      pane: paneName, interactive: false, className: pixelated ? "gp-pixels" : "", alt: "" });
  }

  // Only the pictures in view are in the page: a decoded county at 10 m is 100 MB. Below the
  // zoom where its pixel is a screen pixel, one coarse picture stands for all of them.
  function images(chunks, paneName, pixelated, low) {
    const group = L.layerGroup(), made = new Map();
    const update = function () {
      if (!GP.map.hasLayer(group)) return;
      const coarse = low && low.chunks.length && GP.map.getZoom() < low.zoom;
      const view = GP.map.getBounds().pad(0.25), wanted = new Set();
      for (const c of coarse ? low.chunks : chunks) {
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
    return k >= 0 && layer.classes[k] ? layer.classes[k].colour : "#9a9a9a";
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
    // a canvas costs a screen of memory a layer; a few shapes are cheaper as SVG
    const few = data.n <= 300 && data.x.length <= 20000;
    const renderer = few ? L.svg({ pane: paneName, padding: 0.3 }) : L.canvas({ pane: paneName, padding: 0.15 });
    for (let f = 0; f < data.n; f++) {
      const k = GP.classOf(layer, data, f), colour = GP.colourOf(layer, k);
      const shared = { renderer: renderer, interactive: false, pane: paneName };
      if (data.dim === 2) {
        group.addLayer(L.polygon(rings(data, f), Object.assign(shared, {
          color: layer.stroke, weight: layer.width, dashArray: layer.dash || null, fill: layer.fill,
          fillColor: colour, fillOpacity: layer.opacity, fillRule: "evenodd" })));
      } else if (data.dim === 1) {
        group.addLayer(L.polyline(rings(data, f), Object.assign(shared, {
          color: layer.style_by ? colour : layer.stroke, weight: layer.width, dashArray: layer.dash || null })));
      } else {
        const i = data.point[data.ring[f]];
        const ring = layer.symbol === "ring";
        group.addLayer(L.circleMarker([data.y[i], data.x[i]], Object.assign(shared, {
          radius: layer.radius, color: ring ? layer.stroke : "#ffffff", weight: ring ? 2 : 1.2,
          fillColor: ring ? "#ffffff" : colour, fillOpacity: ring ? 0.4 : 0.95 })));
      }
    }
    return group;
  }

  // Many features: sliced by geojson-vt, painted class by class on canvas tiles.
  const Tiles = L.GridLayer.extend({
    createTile: function (coords) {
      const size = this.getTileSize(), ratio = Math.min(2, window.devicePixelRatio || 1);
      const canvas = document.createElement("canvas");
      canvas.width = size.x * ratio; canvas.height = size.y * ratio;
      const tile = slicerOf(this.gp, coords).getTile(coords.z, coords.x, coords.y);
      if (!tile) return canvas;
      const ctx = canvas.getContext("2d"), scale = canvas.width / 4096;
      const layer = this.gp.layer, batches = new Map();
      for (const feature of tile.features) {
        const k = feature.tags.k;
        if (!batches.has(k)) batches.set(k, new Path2D());
        const path = batches.get(k);
        for (const ring of feature.geometry) {
          if (feature.type === 1) { path.rect(ring[0] * scale - 2, ring[1] * scale - 2, 4, 4); continue; }
          path.moveTo(ring[0][0] * scale, ring[0][1] * scale);
          for (let i = 1; i < ring.length; i++) path.lineTo(ring[i][0] * scale, ring[i][1] * scale);
        }
      }
      for (const entry of batches) {
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

  // geojson-vt keeps every tile it ever cut; a county of parcels that way takes half a gigabyte.
  // So it is given one block of the land at a time (a tile of zoom 11), and the blocks not
  // looked at for longest are dropped.
  const BLOCK_ZOOM = 11, BLOCKS = 8;

  function slicerOf(holder, coords) {
    const z = Math.min(coords.z, BLOCK_ZOOM), down = coords.z - z;
    const whole = coords.z < BLOCK_ZOOM;
    const x = coords.x >> down, y = coords.y >> down, key = whole ? "all" : x + "/" + y;
    let found = holder.blocks.get(key);
    if (found) holder.blocks.delete(key);
    else {
      const n = Math.pow(2, z), pad = 0.02;
      const lat = function (v) { return Math.atan(Math.sinh(Math.PI * (1 - 2 * v / n))) * 180 / Math.PI; };
      const lon = function (v) { return v / n * 360 - 180; };
      found = slicer(holder.layer, holder.data, whole ? null : [lon(x - pad), lat(y + 1 + pad), lon(x + 1 + pad), lat(y - pad)]);
    }
    holder.blocks.set(key, found);
    if (holder.blocks.size > BLOCKS) holder.blocks.delete(holder.blocks.keys().next().value);
    return found;
  }

  function slicer(layer, data, view) {
    const features = [], b = data.box;
    for (let f = 0; f < data.n; f++) {
      if (view && (b[4 * f] > view[2] || b[4 * f + 2] < view[0] || b[4 * f + 1] > view[3] || b[4 * f + 3] < view[1])) continue;
      const coordinates = [];
      for (let r = data.ring[f]; r < data.ring[f + 1]; r++) {
        const line = [];
        for (let i = data.point[r]; i < data.point[r + 1]; i++) line.push([data.x[i], data.y[i]]);
        coordinates.push(line);
      }
      features.push({ type: "Feature", properties: { k: GP.classOf(layer, data, f) },
        geometry: data.dim === 2 ? { type: "Polygon", coordinates: coordinates }
          : data.dim === 1 ? { type: "MultiLineString", coordinates: coordinates }
            : { type: "Point", coordinates: coordinates[0][0] } });
    }
    return geojsonvt({ type: "FeatureCollection", features: features },
      { maxZoom: 16, indexMaxZoom: 0, indexMaxPoints: 0, tolerance: 3, extent: 4096, buffer: 32 });
  }

  function many(layer, data, paneName) {
    const group = L.layerGroup();
    const holder = { layer: layer, data: data, blocks: new Map() };
    const tiles = new Tiles({ pane: paneName, minZoom: layer.overview ? TILE_ZOOM : 0, maxZoom: 22,
      maxNativeZoom: 16, keepBuffer: 1, updateWhenIdle: true });
    tiles.gp = holder;
    group.addLayer(tiles);
    if (layer.overview) {
      const overview = images(layer.overview, paneName, false, null);
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
        if (layer.kind === "raster") return images(layer.chunks, layer.pane, layer.pixelated, layer.low);
        layer.data = await GP.data.features(layer.blob);
        return layer.kind === "tiles" ? many(layer, layer.data, layer.pane) : small(layer, layer.data, layer.pane);
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

  // Names on the map: greedy placement, earlier layers first, none over another.
  GP.labels = function () {
    const node = GP.map.getPane("gp-labels") || GP.map.createPane("gp-labels");
    node.style.zIndex = "640";
    node.style.pointerEvents = "none";
    node.setAttribute("aria-hidden", "true");
    node.replaceChildren();
    const size = GP.map.getSize(), taken = [], zoom = GP.map.getZoom();
    for (const layer of GP.layers.slice().reverse()) {
      if (!layer.visible || !layer.label || !layer.data || !layer.leaflet || layer.n > 400) continue;
      const field = GP.lang === "en" ? layer.label_en : layer.label;
      for (let f = 0; f < layer.data.n; f++) {
        const full = GP.data.attr(layer.data, field, f);
        if (!full) continue;
        const text = String(full).length > 16 ? String(full).slice(0, 15) + "…" : String(full);
        const b = layer.data.box;
        const p = GP.map.latLngToContainerPoint([(b[4 * f + 1] + b[4 * f + 3]) / 2, (b[4 * f] + b[4 * f + 2]) / 2]);
        const edge = GP.map.latLngToContainerPoint([b[4 * f + 1], b[4 * f]]);
        if (layer.data.dim === 0 ? zoom < 13 : Math.abs(p.x - edge.x) < 14 && zoom < 13) continue;
        const w = text.length * 10 + 8, y = p.y + (layer.data.dim === 0 ? 14 : 0);
        if (p.x < 0 || p.y < 0 || p.x > size.x || p.y > size.y) continue;
        const rect = [p.x - w / 2, y - 9, p.x + w / 2, y + 9];
        if (taken.some(function (o) { return rect[0] < o[2] && rect[2] > o[0] && rect[1] < o[3] && rect[3] > o[1]; })) continue;
        taken.push(rect);
        const at = GP.map.containerPointToLayerPoint([p.x, y]);
        node.append(GP.el("span", { class: "gp-label gp-label-" + layer.group, style: {
          left: at.x + "px", top: at.y + "px" }, text: text }));
      }
    }
  };
})();
