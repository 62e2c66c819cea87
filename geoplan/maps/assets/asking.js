// Questions asked of the served plan: why here, a boundary that is drawn or dropped, what it would yield.
(function () {
  const KINDS = { kml: "kml", kmz: "kmz", geojson: "geojson", json: "geojson", txt: "txt", zip: "zip", dxf: "dxf", gpkg: "gpkg", xlsx: "xlsx", csv: "csv" };
  const A = { ring: [], mark: null, place: false, brought: null };
  const node = function (id) { return document.getElementById(id); };

  function say(text, bad) { node("gp-ask-status").textContent = text; node("gp-ask-status").className = bad ? "gp-note" : "gp-dim"; }
  // /look/PROJECT/RUN is the map of a run: its files stand under the project
  function kept(path) {
    const at = GP.meta.serve.base.split("/");
    return "/files/" + at[2] + "/runs/" + at[3] + "/" + path.split("/").map(encodeURIComponent).join("/") + "?token=" + encodeURIComponent(GP.meta.serve.token);
  }
  function fail(err) { say(GP.t("error", { text: err.message }), true); }
  // a boundary that is brought in is drawn, and the map goes to it
  function draw(outline) {
    if (A.brought) A.brought.remove();
    A.brought = outline ? L.geoJSON(outline, { interactive: false, style: { color: "#b3003c", weight: 3, dashArray: "6 4", fillOpacity: 0.08 } }).addTo(GP.map) : null;
    if (A.brought) GP.map.fitBounds(A.brought.getBounds().pad(0.3), { animate: false });
  }
  function show(answer) {
    draw(answer.outline);
    node("gp-ask-lines").replaceChildren(...answer.lines.filter(function (x) { return x.trim(); }).map(function (x) { return GP.el("li", { text: x, class: /^\s{4,}/.test(x) ? "gp-dim" : "" }); }),
      ...answer.warnings.map(function (x) { return GP.el("li", { class: "gp-note", text: x }); }),
      ...(answer.files || []).map(function (x) { return GP.el("li", {}, [GP.el("a", { href: kept(x), target: "_blank", rel: "noopener", text: x.split("/").pop() })]); }));
    say("");
  }
  async function ask(act) {
    say(GP.t("ask_working"));
    node("gp-ask-lines").replaceChildren();
    draw(null);
    const began = performance.now(), stop = GP.waiting(say);
    try { show(await act()); node("gp-ask-lines").dataset.ms = String(Math.round(performance.now() - began)); } catch (err) { fail(err); } finally { stop(); }
  }
  const tech = function () { return node("gp-ask-tech").value; };

  function ringed(path) {
    return function () {
      if (A.ring.length < 3) { say(GP.t("ask_draw_first"), true); return; }
      ask(function () { return GP.ask("POST", path, { ring: A.ring, tech: tech() }); });
    };
  }

  async function file(given) {
    const kind = KINDS[given.name.split(".").pop().toLowerCase()];
    if (!kind) { say(GP.t("ask_kind"), true); return; }
    const name = given.name.replace(/\.[^.]*$/, "").replace(/[^\w\u4e00-\u9fff（）() -]/g, "").slice(0, 60);
    await ask(async function () {
      const serve = GP.meta.serve;
      const response = await fetch(serve.base + "/api/check?kind=" + kind + "&tech=" + tech() + "&name=" + encodeURIComponent(name), { method: "POST",
        headers: { "X-Token": serve.token, "X-Lang": GP.lang, "Content-Type": "application/octet-stream" }, body: given });
      const data = await response.json();
      if (!response.ok) throw new Error(data.error || response.statusText);
      return data;
    });
  }

  function body() {
    const serve = GP.meta.serve;
    const use = GP.el("select", { id: "gp-ask-tech", label: GP.key("ask_tech") }, serve.techs.map(function (x) { return GP.el("option", { value: x, text: GP.key("tech." + x) }); }));
    const button = function (key, id, act) { return GP.el("button", { type: "button", class: "gp-button", id: id, text: GP.key(key), on: { click: act } }); };
    const place = GP.el("input", { type: "checkbox", id: "gp-ask-place", on: { change: function () { A.place = place.checked; } } });
    const pick = GP.el("input", { type: "file", id: "gp-ask-file", label: GP.key("ask_file"), on: { change: function () { if (pick.files[0]) file(pick.files[0]); } } });
    const drop = GP.el("div", { class: "gp-block", id: "gp-ask-drop" }, [GP.el("p", { text: GP.key("ask_file") }), GP.el("label", { class: "gp-button gp-pick" }, [GP.el("span", { text: GP.key("ask_choose") }), pick]), GP.el("p", { class: "gp-dim", text: GP.key("ask_drop") })]);
    drop.addEventListener("dragover", function (e) { e.preventDefault(); });
    drop.addEventListener("drop", function (e) { e.preventDefault(); if (e.dataTransfer.files[0]) file(e.dataTransfer.files[0]); });
    return [GP.el("p", { text: GP.key("ask_what") }), GP.el("div", { class: "gp-row" }, [use]),
      GP.el("label", { class: "gp-row" }, [place, GP.el("span", { text: GP.key("ask_place") })]),
      GP.el("div", { class: "gp-row" }, [button("ask_draw", "gp-ask-draw", function () { GP.map.closePopup(); GP.startTool("area"); }), button("ask_done", "gp-ask-done", function () { GP.stopTool(false); }),
        button("ask_check", "gp-ask-check", ringed("/api/check-ring")), button("ask_yield", "gp-ask-yield", ringed("/api/yield"))]),
      drop, GP.el("p", { id: "gp-ask-status", class: "gp-dim", role: "status", "aria-live": "polite" }), GP.el("ul", { id: "gp-ask-lines", class: "gp-ask-lines" }), GP.facilityBox(),
      serve.base ? GP.el("p", {}, [GP.el("a", { href: "/?token=" + encodeURIComponent(serve.token) + "#/p/" + serve.base.split("/")[2] + "/run", text: GP.key("back") })]) : null];
  }

  GP.extraTabs.push(["asking", body]);
  GP.on("drawn", function (e) { if (e.points.length > 2) A.ring = e.points.map(function (p) { return [p[0], p[1]]; }); });
  GP.on("ready", function () {
    GP.map.on("click", function (e) {
      if (!A.place || GP.toolBusy()) return;
      if (A.mark) A.mark.remove();
      A.mark = L.circleMarker(e.latlng, { radius: 7, color: "#b3003c", weight: 3, fillOpacity: 0, interactive: false }).addTo(GP.map);
      ask(function () { return GP.ask("GET", "/api/explain?lon=" + e.latlng.lng.toFixed(7) + "&lat=" + e.latlng.lat.toFixed(7)); });
    });
  });
})();
