"use strict";
// Pictures beneath everything else: the user's own tiles, and online ones only when asked for.
(function () {
  function ownTiles(found) {
    const b = found.bounds;
    const address = found.token ? found.url + "?token=" + encodeURIComponent(found.token) : found.url;
    // beyond the archive's own levels the picture is enlarged rather than left out
    return L.tileLayer(address, { minNativeZoom: found.least, maxNativeZoom: found.most, minZoom: 6, maxZoom: 19, bounds: [[b[1], b[0]], [b[3], b[2]]] });
  }

  function online(name, key) {
    if (name === "osm") return L.tileLayer(GP.meta.base_urls.osm + "/{z}/{x}/{y}.png", { attribution: "© OpenStreetMap", maxZoom: 19 });
    return L.tileLayer(GP.meta.base_urls.tianditu +
      "/vec_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=" +
      encodeURIComponent(key), { attribution: "天地图", maxZoom: 18 });
  }

  GP.baseMaps = function () {
    const own = GP.meta.tiles || [], wanted = GP.meta.base_maps || [];
    if (!own.length && !wanted.length) return null;
    let now = null;
    const key = GP.el("input", { type: "password", label: GP.key("base_key"), hint: GP.key("base_key"), hidden: true });
    const note = GP.el("p", { class: "gp-note", hidden: true });
    const select = GP.el("select", { id: "gp-base", label: GP.key("base_title") }, [GP.el("option", { value: "", text: GP.key("base_none") })].concat(
      own.map(function (t, i) { return GP.el("option", { value: "own-" + i, text: t.title }); }),
      wanted.map(function (b) { return GP.el("option", { value: b, text: GP.key("base_" + b) }); })));
    const tell = function (text) { note.textContent = text; note.hidden = !text; };
    const apply = function () {
      if (now) { GP.map.removeLayer(now); now = null; }
      key.hidden = select.value !== "tianditu";
      const mine = select.value.startsWith("own-") ? own[Number(select.value.slice(4))] : null;
      tell(mine && mine.note ? GP.say(mine.note) : "");
      if (mine) {
        let seen = 0;
        now = ownTiles(mine);
        now.on("tileload", function () { seen += 1; });
        now.on("tileerror", function () { if (!seen) tell(GP.t("base_gone", { folder: mine.url.split("/")[0] })); });
      } else if (select.value && (select.value !== "tianditu" || key.value)) now = online(select.value, key.value);
      if (now) now.addTo(GP.map);
    };
    select.addEventListener("change", apply);
    key.addEventListener("change", apply);
    GP.on("lang", function () { if (now && !note.hidden && select.value.startsWith("own-")) apply(); });
    if (own.length) { select.value = "own-0"; apply(); }
    return GP.el("div", { class: "gp-base" }, [GP.el("label", {}, [GP.el("span", { text: GP.key("base_title") }), select]), key, note]);
  };
})();
