// CGCS2000 geodesy: ellipsoidal area by the national formula, geodesic distance, Gauss-Krueger.
GP.geo = (function () {
  const A = 6378137.0, F = 1 / 298.257222101;
  const E2 = F * (2 - F), B = A * (1 - F), RAD = Math.PI / 180;

  // Series of the ellipsoidal trapezoid (third national land survey practice, 国土调查办发
  // 〔2008〕32号) with the CGCS2000 eccentricity.
  const e4 = E2 * E2, e6 = e4 * E2, e8 = e4 * e4;
  const KA = 1 + 3 / 6 * E2 + 30 / 80 * e4 + 35 / 112 * e6 + 630 / 2304 * e8;
  const KB = 1 / 6 * E2 + 15 / 80 * e4 + 21 / 112 * e6 + 420 / 2304 * e8;
  const KC = 3 / 80 * e4 + 7 / 112 * e6 + 180 / 2304 * e8;
  const KD = 1 / 112 * e6 + 45 / 2304 * e8;
  const KE = 5 / 2304 * e8;

  // Signed area between an edge and the meridian lon0, edges straight in latitude-longitude.
  function trapezoid(lonA, latA, lonB, latB, lon0) {
    const dl = ((lonA + lonB) / 2 - lon0) * RAD;
    const db = (latB - latA) * RAD, bm = (latA + latB) / 2 * RAD;
    return 2 * B * B * dl * (
      KA * Math.sin(db / 2) * Math.cos(bm) - KB * Math.sin(3 * db / 2) * Math.cos(3 * bm) +
      KC * Math.sin(5 * db / 2) * Math.cos(5 * bm) - KD * Math.sin(7 * db / 2) * Math.cos(7 * bm) +
      KE * Math.sin(9 * db / 2) * Math.cos(9 * bm));
  }

  function area(ring) {
    let sum = 0;
    const lon0 = ring.length ? ring[0][0] : 0;
    for (let i = 0; i < ring.length; i++) {
      const p = ring[i], q = ring[(i + 1) % ring.length];
      sum += trapezoid(p[0], p[1], q[0], q[1], lon0);
    }
    return Math.abs(sum);
  }

  // Vincenty (1975), Survey Review 23(176), inverse problem; metres.
  function distance(p, q) {
    if (p[0] === q[0] && p[1] === q[1]) return 0;
    const L = (q[0] - p[0]) * RAD;
    const u1 = Math.atan((1 - F) * Math.tan(p[1] * RAD)), u2 = Math.atan((1 - F) * Math.tan(q[1] * RAD));
    const s1 = Math.sin(u1), c1 = Math.cos(u1), s2 = Math.sin(u2), c2 = Math.cos(u2);
    let lam = L, ss, cs, sig, c2a, c2m;
    for (let i = 0; i < 100; i++) {
      const sl = Math.sin(lam), cl = Math.cos(lam);
      ss = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
      cs = s1 * s2 + c1 * c2 * cl;
      sig = Math.atan2(ss, cs);
      const sa = c1 * c2 * sl / ss;
      c2a = 1 - sa * sa;
      c2m = c2a ? cs - 2 * s1 * s2 / c2a : 0;
      const C = F / 16 * c2a * (4 + F * (4 - 3 * c2a));
      const before = lam;
      lam = L + (1 - C) * F * sa * (sig + C * ss * (c2m + C * cs * (2 * c2m * c2m - 1)));
      if (Math.abs(lam - before) < 1e-12) break;
    }
    const uu = c2a * (A * A - B * B) / (B * B);
    const a = 1 + uu / 16384 * (4096 + uu * (-768 + uu * (320 - 175 * uu)));
    const b = uu / 1024 * (256 + uu * (-128 + uu * (74 - 47 * uu)));
    const ds = b * ss * (c2m + b / 4 * (cs * (2 * c2m * c2m - 1) -
      b / 6 * c2m * (4 * ss * ss - 3) * (4 * c2m * c2m - 3)));
    return B * a * (sig - ds);
  }

  // Krueger (1912) series in the third flattening, to n^4: below a millimetre in a 6 degree zone.
  const N = F / (2 - F), n2 = N * N, n3 = n2 * N, n4 = n2 * n2;
  const R = A / (1 + N) * (1 + n2 / 4 + n4 / 64);
  const AL = [N / 2 - 2 / 3 * n2 + 5 / 16 * n3 + 41 / 180 * n4, 13 / 48 * n2 - 3 / 5 * n3 + 557 / 1440 * n4,
    61 / 240 * n3 - 103 / 140 * n4, 49561 / 161280 * n4];
  const BE = [N / 2 - 2 / 3 * n2 + 37 / 96 * n3 - 1 / 360 * n4, 1 / 48 * n2 + 1 / 15 * n3 - 437 / 1440 * n4,
    17 / 480 * n3 - 37 / 840 * n4, 4397 / 161280 * n4];
  const EE = Math.sqrt(E2);

  function forward(lon, lat, crs) {
    const phi = lat * RAD, lam = (lon - crs.lon0) * RAD;
    const s = Math.sin(phi);
    const t = Math.sinh(Math.atanh(s) - EE * Math.atanh(EE * s));
    const xi = Math.atan2(t, Math.cos(lam)), eta = Math.asinh(Math.sin(lam) / Math.hypot(t, Math.cos(lam)));
    let x = xi, y = eta;
    for (let j = 1; j <= 4; j++) {
      x += AL[j - 1] * Math.sin(2 * j * xi) * Math.cosh(2 * j * eta);
      y += AL[j - 1] * Math.cos(2 * j * xi) * Math.sinh(2 * j * eta);
    }
    return [crs.x0 + crs.k0 * R * y, crs.y0 + crs.k0 * R * x];
  }

  function inverse(east, north, crs) {
    const xi = (north - crs.y0) / (crs.k0 * R), eta = (east - crs.x0) / (crs.k0 * R);
    let x = xi, y = eta;
    for (let j = 1; j <= 4; j++) {
      x -= BE[j - 1] * Math.sin(2 * j * xi) * Math.cosh(2 * j * eta);
      y -= BE[j - 1] * Math.cos(2 * j * xi) * Math.sinh(2 * j * eta);
    }
    const t0 = Math.sin(x) / Math.hypot(Math.sinh(y), Math.cos(x));
    let t = t0;
    for (let i = 0; i < 6; i++) {
      const st = t / Math.hypot(1, t), s = Math.sinh(EE * Math.atanh(EE * st));
      const ti = t * Math.hypot(1, s) - s * Math.hypot(1, t);
      t += (t0 - ti) / Math.hypot(1, ti) * (1 + (1 - E2) * t * t) / ((1 - E2) * Math.hypot(1, t));
    }
    return [crs.lon0 + Math.atan2(Math.sinh(y), Math.cos(x)) / RAD, Math.atan(t) / RAD];
  }

  function dms(value, pos, neg) {
    const tenths = Math.round(Math.abs(value) * 36000);
    const d = Math.floor(tenths / 36000), m = Math.floor(tenths % 36000 / 600), s = tenths % 600 / 10;
    return d + "°" + String(m).padStart(2, "0") + "′" + s.toFixed(1).padStart(4, "0") + "″" + (value < 0 ? neg : pos);
  }

  // A coordinate as people write it -> [lon, lat], or null. Degrees with minutes and seconds
  // in any mark, decimal degrees, or Gauss-Krueger metres with or without the zone.
  function parse(text, crs) {
    let s = text.trim().replace(/[，、;；]/g, " ").replace(/[：:]/g, " ");
    const letters = [];
    s = s.replace(/(东经|北纬|经度|纬度|东坐标|北坐标|easting|northing|lon|lat|[EN东北](?=[\s\d,]|$))/gi, function (w) {
      letters.push(/东|经度|^e$|easting|lon/i.test(w) && !/北/.test(w) ? "x" : "y");
      return " ";
    });
    const marked = /[°度º'′″"分秒]/.test(s);
    let values;
    if (marked) {
      const parts = s.match(/(\d+(?:\.\d+)?)\s*[°度º]\s*(?:(\d+(?:\.\d+)?)\s*['′分])?\s*(?:(\d+(?:\.\d+)?)\s*(?:["″秒]|''))?/g) || [];
      values = parts.map(function (p) {
        const v = p.match(/\d+(?:\.\d+)?/g).map(Number);
        return v[0] + (v[1] || 0) / 60 + (v[2] || 0) / 3600;
      });
    } else {
      const rest = s.replace(/,/g, " ").trim();
      if (!/^[-+\d.\s]+$/.test(rest)) return null;
      values = rest.split(/\s+/).map(Number);
      if (values.length === 6 && values.every(isFinite) && values[0] <= 180 && values[3] <= 180)
        values = [values[0] + values[1] / 60 + values[2] / 3600, values[3] + values[4] / 60 + values[5] / 3600];
      else if (values.length === 4 && values[0] <= 180 && values[2] <= 180 && values[1] < 60 && values[3] < 60)
        values = [values[0] + values[1] / 60, values[2] + values[3] / 60];
    }
    if (values.length !== 2 || !values.every(isFinite)) return null;
    let x = values[0], y = values[1];
    if (Math.abs(x) <= 180 && Math.abs(y) <= 180) {
      if (letters[0] === "y" || (letters.length === 0 && Math.abs(x) <= 90 && Math.abs(y) > 90)) { const z = x; x = y; y = z; }
      return Math.abs(y) <= 90 ? [x, y] : null;
    }
    // metres: a northing between 10 and 54 N has seven digits and starts with 1-5, an easting has six,
    // or eight with the zone in front
    let e = x, n = y;
    const digits = function (v) { return String(Math.trunc(Math.abs(v))).length; };
    if (digits(x) === 7 && digits(y) !== 7) { e = y; n = x; }
    if (digits(n) !== 7) return null;
    if (digits(e) === 8) {
      const zone = Math.floor(e / 1e6);
      if (zone >= 25 && zone <= 45) return inverse(e - zone * 1e6, n, { lon0: zone * 3, k0: 1, x0: 5e5, y0: 0 });
      if (zone >= 13 && zone <= 23) return inverse(e - zone * 1e6, n, { lon0: zone * 6 - 3, k0: 1, x0: 5e5, y0: 0 });
      return null;
    }
    if (digits(e) > 6 || !crs || crs.lon0 === undefined) return null;
    const base = Object.assign({}, crs, { x0: crs.x0 >= 1e6 ? crs.x0 % 1e6 : crs.x0 });
    return inverse(e, n, base);
  }

  // Whether sides of a ring cross; those that only meet at a corner do not.
  function crosses(ring) {
    const n = ring.length, sides = [];
    for (let i = 0; i < n; i++) {
      const a = ring[i], b = ring[(i + 1) % n];
      if (a[0] !== b[0] || a[1] !== b[1]) sides.push({ a: a, b: b, w: Math.min(a[0], b[0]), e: Math.max(a[0], b[0]), s: Math.min(a[1], b[1]), n: Math.max(a[1], b[1]) });
    }
    const turn = function (p, q, r) { return Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])); };
    sides.sort(function (x, y) { return x.w - y.w; });
    let open = [];
    for (const x of sides) {
      open = open.filter(function (y) { return y.e >= x.w; });
      for (const y of open) {
        if (y.n < x.s || y.s > x.n) continue;
        if (turn(x.a, x.b, y.a) * turn(x.a, x.b, y.b) < 0 && turn(y.a, y.b, x.a) * turn(y.a, y.b, x.b) < 0) return true;
      }
      open.push(x);
    }
    return false;
  }

  return { crosses: crosses, area: area, distance: distance, forward: forward, inverse: inverse, dms: dms, parse: parse };
})();
