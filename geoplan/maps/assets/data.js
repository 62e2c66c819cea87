// Embedded data: base64 text blocks -> bytes -> columns and coordinates.
GP.data = (function () {
  const cache = {};

  function take(name) {
    const node = document.getElementById("gp-" + name);
    if (!node) throw new Error("no data block " + name);
    return node;
  }

  function bytes(name) {
    const node = take(name);
    const text = atob(node.textContent);
    node.remove();
    const out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out;
  }

  async function gunzip(raw) {
    if (typeof DecompressionStream === "function") {
      const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("gzip"));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    }
    return fflate.gunzipSync(raw);
  }

  function planes(raw, at, n, size) {
    const out = new Uint32Array(n);
    for (let p = 0; p < size; p++) {
      const off = at + p * n, shift = 8 * p;
      for (let i = 0; i < n; i++) if (raw[off + i]) out[i] |= raw[off + i] << shift;
    }
    return out;
  }

  function sums(counts) {
    const out = new Uint32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) out[i + 1] = out[i] + counts[i];
    return out;
  }

  function coordinates(raw, at, n, step) {
    const zig = planes(raw, at, n, 4), out = new Float64Array(n);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const z = zig[i];
      sum += (z >>> 1) ^ -(z & 1);
      out[i] = sum * step;
    }
    return out;
  }

  function decode(raw) {
    if (raw[0] !== 71 || raw[1] !== 80 || raw[2] !== 86 || raw[3] !== 49) throw new Error("damaged layer");
    const length = new DataView(raw.buffer, raw.byteOffset).getUint32(4, true);
    const meta = JSON.parse(new TextDecoder().decode(raw.subarray(8, 8 + length)));
    let at = 8 + length;
    const ring = sums(planes(raw, at, meta.n, 2));
    at += 2 * meta.n;
    const point = sums(planes(raw, at, meta.rings, 4));
    at += 4 * meta.rings;
    const x = coordinates(raw, at, meta.points, meta.step);
    const y = coordinates(raw, at + 4 * meta.points, meta.points, meta.step);
    const box = new Float64Array(4 * meta.n);
    for (let f = 0; f < meta.n; f++) {
      let w = Infinity, s = Infinity, e = -Infinity, n = -Infinity;
      for (let i = point[ring[f]], end = point[ring[f + 1]]; i < end; i++) {
        if (x[i] < w) w = x[i];
        if (x[i] > e) e = x[i];
        if (y[i] < s) s = y[i];
        if (y[i] > n) n = y[i];
      }
      box[4 * f] = w; box[4 * f + 1] = s; box[4 * f + 2] = e; box[4 * f + 3] = n;
    }
    return { n: meta.n, dim: meta.dim, ring: ring, point: point, x: x, y: y, box: box, attrs: meta.attrs };
  }

  function features(name) {
    if (!cache[name]) cache[name] = gunzip(bytes(name)).then(decode);
    return cache[name];
  }

  function attr(data, field, i) {
    const col = data.attrs[field];
    if (!col) return null;
    if (col.v) return col.v[i];
    return col.c[i] < 0 ? null : col.d[col.c[i]];
  }

  // Boxes in a grid of lists, so that a click looks at a few features only.
  function index(data) {
    if (data.grid) return data.grid;
    let w = Infinity, s = Infinity, e = -Infinity, n = -Infinity;
    const b = data.box;
    for (let i = 0; i < data.n; i++) {
      w = Math.min(w, b[4 * i]); s = Math.min(s, b[4 * i + 1]);
      e = Math.max(e, b[4 * i + 2]); n = Math.max(n, b[4 * i + 3]);
    }
    const k = Math.max(1, Math.min(400, Math.ceil(Math.sqrt(data.n))));
    const dx = (e - w) / k || 1, dy = (n - s) / k || 1;
    const clampCell = function (v) { return v < 0 ? 0 : v >= k ? k - 1 : v; };
    const range = function (i) {
      return [clampCell(Math.floor((b[4 * i] - w) / dx)), clampCell(Math.floor((b[4 * i + 2] - w) / dx)),
        clampCell(Math.floor((b[4 * i + 1] - s) / dy)), clampCell(Math.floor((b[4 * i + 3] - s) / dy))];
    };
    const counts = new Uint32Array(k * k + 1);
    for (let i = 0; i < data.n; i++) {
      const r = range(i);
      for (let row = r[2]; row <= r[3]; row++) for (let c = r[0]; c <= r[1]; c++) counts[row * k + c + 1]++;
    }
    for (let i = 0; i < k * k; i++) counts[i + 1] += counts[i];
    const fill = counts.slice(), items = new Uint32Array(counts[k * k]);
    for (let i = 0; i < data.n; i++) {
      const r = range(i);
      for (let row = r[2]; row <= r[3]; row++) for (let c = r[0]; c <= r[1]; c++) items[fill[row * k + c]++] = i;
    }
    data.grid = { w: w, s: s, dx: dx, dy: dy, k: k, counts: counts, items: items };
    return data.grid;
  }

  // Features whose box meets a view, each once.
  function inBox(data, w, s, e, n) {
    const g = index(data), out = [], b = data.box, clampCell = function (v) { return v < 0 ? 0 : v >= g.k ? g.k - 1 : v; };
    if (!data.seen) { data.seen = new Uint32Array(data.n); data.stamp = 0; }
    const stamp = ++data.stamp;
    const c0 = clampCell(Math.floor((w - g.w) / g.dx)), c1 = clampCell(Math.floor((e - g.w) / g.dx));
    const r0 = clampCell(Math.floor((s - g.s) / g.dy)), r1 = clampCell(Math.floor((n - g.s) / g.dy));
    for (let r = r0; r <= r1; r++) for (let c = c0; c <= c1; c++)
      for (let i = g.counts[r * g.k + c]; i < g.counts[r * g.k + c + 1]; i++) {
        const f = g.items[i];
        if (data.seen[f] === stamp) continue;
        data.seen[f] = stamp;
        if (b[4 * f] <= e && b[4 * f + 2] >= w && b[4 * f + 1] <= n && b[4 * f + 3] >= s) out.push(f);
      }
    return out;
  }

  function inside(data, f, lon, lat) {
    let odd = false;
    for (let r = data.ring[f]; r < data.ring[f + 1]; r++) {
      const a = data.point[r], end = data.point[r + 1];
      for (let i = a, j = end - 1; i < end; j = i++) {
        const yi = data.y[i], yj = data.y[j];
        if ((yi > lat) !== (yj > lat) && lon < (data.x[j] - data.x[i]) * (lat - yi) / (yj - yi) + data.x[i]) odd = !odd;
      }
    }
    return odd;
  }

  // Polygons that hold a point; points and lines within tolerance degrees.
  function at(data, lon, lat, tol) {
    const out = [], b = data.box, pad = data.dim === 2 ? 0 : tol;
    const test = function (f) {
      if (lon < b[4 * f] - pad || lon > b[4 * f + 2] + pad || lat < b[4 * f + 1] - pad || lat > b[4 * f + 3] + pad) return;
      if (data.dim === 2) { if (inside(data, f, lon, lat)) out.push(f); }
      else if (near(data, f, lon, lat, tol)) out.push(f);
    };
    if (data.dim === 2 && data.n > 500) {
      const g = index(data);
      const c = Math.floor((lon - g.w) / g.dx), r = Math.floor((lat - g.s) / g.dy);
      if (c < 0 || r < 0 || c >= g.k || r >= g.k) return out;
      for (let i = g.counts[r * g.k + c]; i < g.counts[r * g.k + c + 1]; i++) test(g.items[i]);
    } else for (let f = 0; f < data.n; f++) test(f);
    return out;
  }

  function near(data, f, lon, lat, tol) {
    const k = Math.cos(lat * Math.PI / 180);
    for (let r = data.ring[f]; r < data.ring[f + 1]; r++) {
      const a = data.point[r], end = data.point[r + 1];
      if (end - a === 1) { if (Math.hypot((data.x[a] - lon) * k, data.y[a] - lat) <= tol) return true; }
      for (let i = a; i + 1 < end; i++) {
        const ax = (data.x[i] - lon) * k, ay = data.y[i] - lat;
        const bx = (data.x[i + 1] - lon) * k, by = data.y[i + 1] - lat;
        const ll = (bx - ax) * (bx - ax) + (by - ay) * (by - ay);
        const u = ll ? Math.max(0, Math.min(1, -(ax * (bx - ax) + ay * (by - ay)) / ll)) : 0;
        if (Math.hypot(ax + u * (bx - ax), ay + u * (by - ay)) <= tol) return true;
      }
    }
    return false;
  }

  // Code pictures: red + 256 green + 65536 blue of the pixel, decoded chunk by chunk on demand.
  const known = new Map();
  async function chunkPixels(chunk) {
    if (known.has(chunk.blob)) return known.get(chunk.blob);
    const found = await pixels(chunk);
    if (known.size > 6) known.delete(known.keys().next().value);
    known.set(chunk.blob, found);
    return found;
  }

  function address(picture) { return picture.url || "data:image/webp;base64," + take(picture.blob).textContent; }

  async function pixels(picture) {
    const img = new Image();
    img.src = address(picture);
    await img.decode();
    const canvas = document.createElement("canvas");
    canvas.width = img.naturalWidth; canvas.height = img.naturalHeight;
    const ctx = canvas.getContext("2d", { willReadFrequently: true });
    ctx.drawImage(img, 0, 0);
    return ctx.getImageData(0, 0, canvas.width, canvas.height);
  }
  const mercator = function (lat) { return Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)); };

  async function code(tech, lon, lat) {
    const set = GP.meta.codes[tech];
    if (!set) return null;
    for (const chunk of set.chunks) {
      const b = chunk.bounds;
      if (lon < b[0] || lon >= b[2] || lat <= b[1] || lat > b[3]) continue;
      const img = await chunkPixels(chunk);
      const c = Math.floor((lon - b[0]) / (b[2] - b[0]) * img.width);
      const r = Math.floor((mercator(b[3]) - mercator(lat)) / (mercator(b[3]) - mercator(b[1])) * img.height);
      const k = 4 * (Math.min(r, img.height - 1) * img.width + Math.min(c, img.width - 1));
      const d = img.data;
      return d[k + 3] < 255 ? null : d[k] + 256 * d[k + 1] + 65536 * d[k + 2];
    }
    return null;
  }

  // Codes of many points, picture by picture: each is decoded once.
  async function codeCounts(tech, points) {
    const out = new Map(), set = GP.meta.codes[tech];
    let left = points;
    for (const chunk of set ? set.chunks : []) {
      const b = chunk.bounds, mine = [], rest = [];
      for (const p of left) (p[0] >= b[0] && p[0] < b[2] && p[1] > b[1] && p[1] <= b[3] ? mine : rest).push(p);
      left = rest;
      if (!mine.length) continue;
      const img = await chunkPixels(chunk), d = img.data, top = mercator(b[3]), tall = top - mercator(b[1]);
      for (const p of mine) {
        const c = Math.floor((p[0] - b[0]) / (b[2] - b[0]) * img.width), r = Math.floor((top - mercator(p[1])) / tall * img.height);
        const k = 4 * (Math.min(r, img.height - 1) * img.width + Math.min(c, img.width - 1));
        const v = d[k + 3] < 255 ? null : d[k] + 256 * d[k + 1] + 65536 * d[k + 2];
        out.set(v, (out.get(v) || 0) + 1);
      }
    }
    if (left.length) out.set(null, (out.get(null) || 0) + left.length);
    return out;
  }

  // Points of a regular grid inside a polygon, row by row: an edge is looked at once, not once a
  // point, so that a parcel of 100,000 corners costs as much as its corners.
  function fill(grid, rings, hit) {
    const rows = Array.from({ length: grid.ny }, function () { return null; });
    for (const ring of rings) for (let i = 0, n = ring.n, j = n - 1; i < n; j = i++) {
      const ax = ring.x(j), ay = ring.y(j), bx = ring.x(i), by = ring.y(i);
      if (ay === by) continue;
      const low = Math.min(ay, by), high = Math.max(ay, by);
      const first = Math.max(0, Math.ceil((low - grid.s) / grid.dy - 0.5)), last = Math.min(grid.ny - 1, Math.ceil((high - grid.s) / grid.dy - 0.5) - 1);
      for (let r = first; r <= last; r++) {
        const y = grid.s + (r + 0.5) * grid.dy;
        (rows[r] = rows[r] || []).push((bx - ax) * (y - ay) / (by - ay) + ax);
      }
    }
    rows.forEach(function (cuts, r) {
      if (!cuts) return;
      cuts.sort(function (a, b) { return a - b; });
      for (let k = 0; k + 1 < cuts.length; k += 2) {
        const from = Math.max(0, Math.ceil((cuts[k] - grid.w) / grid.dx - 0.5)), to = Math.min(grid.nx - 1, Math.ceil((cuts[k + 1] - grid.w) / grid.dx - 0.5) - 1);
        for (let c = from; c <= to; c++) hit(r * grid.nx + c);
      }
    });
  }

  function ringsOf(data, f) {
    const out = [];
    for (let r = data.ring[f]; r < data.ring[f + 1]; r++) {
      const a = data.point[r];
      out.push({ n: data.point[r + 1] - a, x: function (i) { return data.x[a + i]; }, y: function (i) { return data.y[a + i]; } });
    }
    return out;
  }

  function codeRow(tech, value) {
    const set = GP.meta.codes[tech];
    if (!set || value === null) return null;
    if (!set.where) {
      set.where = new Map();
      set.table.code.forEach(function (v, i) { set.where.set(v, i); });
    }
    const i = set.where.get(value);
    if (i === undefined) return null;
    const tb = set.table;
    return { state: tb.state[i], hard: tb.hard[i], conditional: tb.conditional[i], preference: tb.preference[i], unknown: tb.unknown[i],
      n: tb.judged_n ? tb.judged_n[i] : null, frac: tb.judged_frac ? tb.judged_frac[i] : null, hard_frac: tb.judged_hard_frac ? tb.judged_hard_frac[i] : null };
  }

  return { features: features, attr: attr, at: at, inBox: inBox, inside: inside, code: code, codeCounts: codeCounts, fill: fill, ringsOf: ringsOf, codeRow: codeRow, address: address, pixels: pixels, mercator: mercator };
})();
