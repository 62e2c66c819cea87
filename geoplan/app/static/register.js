// The register: its projects in a table and on the map, a new entry, the check of all of them.
"use strict";
GA.parts.register = async function (page) {
  const view = await GA.api("GET", GA.at("/register"));
  const runs = (await GA.api("GET", GA.at("/runs"))).filter(function (r) { return r.finished; });
  const going = GA.el("div", { id: "checking", "aria-live": "polite" });
  const check = GA.button("check_register", GA.doing(async function () {
    const begun = await GA.api("POST", GA.at("/jobs"), { kind: "register", lang: GA.lang });
    going.replaceChildren(GA.watch(GA.project, begun.job, function (job) { if (job.state === "done") GA.later(GA.show, 1200); }));
  }), { class: "main", id: "check-register", disabled: !view.rows.length });
  page.append(GA.el("div", { class: "row spread" }, [GA.el("h1", { text: GA.t("tab_register") }), GA.el("div", { class: "row" }, [check,
    runs.length ? GA.el("a", { class: "button", href: GA.look(runs[0].number), target: "_blank", rel: "noopener", text: GA.t("look") }) : null])]),
  GA.el("p", { class: "dim", text: GA.t("register_hint") }), going);
  for (const job of await GA.api("GET", GA.at("/jobs"))) if (job.kind === "register") {
    if (job.state === "running") going.append(GA.watch(GA.project, job.number, function () { GA.later(GA.show, 800); }));
    else if (job.state === "done") going.append(GA.el("p", {}, [GA.el("a", { class: "button", href: GA.file(GA.project, job.outcome.files[0].split("/").slice(1).join("/"), true), download: "register.xlsx", text: GA.t("register_book"), id: "register-book" })]));
    break;
  }
  const node = GA.el("div", { class: "map", id: "register-map", role: "application", "aria-label": GA.t("register_map") });
  let map = null;
  const marks = {};
  if (!view.rows.length) page.append(GA.el("p", { class: "empty", text: GA.t("no_entries") }));
  else {
    const head = ["entry_id", "entry_name", "entry_kind", "entry_stage", "entry_unit", "entry_year", "entry_mw", "entry_result"].map(function (k) { return GA.el("th", { scope: "col", text: GA.t(k) }); });
    head.push(GA.el("th", { scope: "col", text: "" }));
    page.append(GA.el("p", { class: "answer", id: "register-summary", text: GA.t("register_summary", { n: view.rows.length, day: view.as_of || GA.t("not_checked") }) }),
      GA.el("div", { class: "wide" }, [GA.el("table", { id: "register" }, [GA.el("thead", {}, [GA.el("tr", {}, head)]), GA.el("tbody", {}, view.rows.map(function (r) {
        const cells = [r.name, GA.say(r.kind), GA.say(r.stage), r.unit, r.year || "", r.capacity_mw === null ? "" : GA.number(r.capacity_mw, 1), r.result ? GA.say(r.result) : GA.t("not_checked")];
        return GA.el("tr", { "data-entry": r.id }, [GA.el("th", { scope: "row", text: r.id })].concat(cells.map(function (x) { return GA.el("td", { text: String(x) }); }), [
          GA.el("td", {}, [!view.shapes.features.some(function (f) { return f.properties.id === r.id; }) ? null : GA.button("show_on_map", function () {
            if (map && marks[r.id]) { map.fitBounds(marks[r.id].getBounds().pad(0.3), { maxZoom: 15, animate: false }); marks[r.id].openPopup(); node.scrollIntoView({ block: "nearest" }); }
          }, { class: "quiet", "aria-label": GA.t("show_on_map") + " " + r.name })])]));
      }))])]));
  }
  page.append(GA.framed(node, GA.t("register_map")), GA.entryForm(view));
  setTimeout(async function () {
    try {
      if (!node.isConnected) return;
      map = GA.map(node, await GA.api("GET", GA.at("/shapes")), view.shapes.features.length ? [[{ color: "#0b5c8f", weight: 2, fill: true, fillOpacity: 0.25 }, GA.t("key_projects")]] : []);
      for (const f of view.shapes.features) {
        const words = document.createElement("p");
        words.textContent = f.properties.id + " " + f.properties.name;
        marks[f.properties.id] = L.featureGroup([L.geoJSON(f, { style: { color: "#0b5c8f", weight: 2, fillOpacity: 0.25 },
          pointToLayer: function (g, at) { return L.circleMarker(at, { radius: 6, color: "#0b5c8f" }); } })]).bindPopup(words).addTo(map);
      }
    } catch (err) { GA.fail(err); }
  }, 0);
};

GA.entryForm = function (view) {
  const text = function (id, most) { return GA.el("input", { type: "text", id: id, maxlength: String(most) }); };
  const own = text("entry-id", 64), name = text("entry-name", 300), unit = text("entry-unit", 300), who = text("entry-who", 60);
  // read by the server: a number field gives nothing for 1,200, and says nothing either
  const typed = function (id) { return GA.el("input", { type: "text", inputmode: "decimal", id: id, maxlength: "20" }); }, year = typed("entry-year"), mw = typed("entry-mw");
  let kind = "pv", stage = view.stages[0].id;
  const kinds = GA.select(view.kinds.map(function (k) { return [k.id, GA.say(k)]; }), kind, function (v) { kind = v; }, { id: "entry-kind" });
  const stages = GA.select(view.stages.map(function (s) { return [s.id, GA.say(s)]; }), stage, function (v) { stage = v; }, { id: "entry-stage" });
  const file = GA.el("input", { type: "file", id: "entry-file", multiple: true }), table = GA.el("input", { type: "file", id: "entry-table" });
  const status = GA.el("div", {}), chosen = GA.el("span", { class: "dim", role: "status" });
  file.addEventListener("change", function () { chosen.textContent = Array.from(file.files).map(function (f) { return f.name; }).join(GA.t("comma")); });
  async function brought(input) {
    const files = Array.from(input.files), stamp = "register/" + Date.now() + "/";
    const main = files.find(function (f) { return !/\.(dbf|shx|prj|cpg|sbn|sbx|xml)$/i.test(f.name); });
    if (!main) return "";
    await GA.upload(GA.project, files.map(function (f) { return { file: f, path: stamp + f.name }; }), status);
    return stamp + main.name;
  }
  const save = GA.button("save_entry", GA.doing(async function () {
    if (!own.value.trim() || !name.value.trim()) throw new Error(GA.t("entry_missing"));
    const done = await GA.api("POST", GA.at("/register"), { id: own.value.trim(), name: name.value.trim(), kind: kind, stage: stage, unit: unit.value.trim(), who: who.value.trim(),
      year: year.value.trim() || null, capacity_mw: mw.value.trim() || null, file: await brought(file) });
    await GA.show();
    GA.tell(done.told.map(GA.say).join(" "));
  }), { class: "main", id: "save-entry" });
  table.addEventListener("change", GA.doing(async function () {
    const done = await GA.api("POST", GA.at("/register"), { file: await brought(table), who: who.value.trim() });
    await GA.show();
    GA.tell(done.told.map(GA.say).join(" "));
  }));
  return GA.el("section", { class: "panel" }, [GA.el("h2", { text: GA.t("new_entry") }), GA.el("div", { class: "row" }, [
    GA.field("entry_id", own), GA.field("entry_name", name), GA.field("entry_kind", kinds), GA.field("entry_stage", stages), GA.field("entry_unit", unit), GA.field("entry_year", year),
    GA.field("entry_mw", mw), GA.field("entry_who", who), GA.pick("entry_file", file), chosen, save]),
  GA.el("p", { class: "dim", text: GA.t("entry_table_hint") }), GA.pick("entry_table", table), status]);
};
