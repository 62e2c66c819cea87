// Give out: report, pack, map, paper, QGIS and other formats by buttons; the list of files.
"use strict";
// what a file is, in the order in which one reads them
GA.named = { "onepage.pdf": "is_onepage", "report.docx": "is_body", "report.pdf": "is_body", "report.html": "is_report", "annex.docx": "is_annex", "annex.pdf": "is_annex", "map.html": "is_map",
  "tables.xlsx": "is_tables", "qgis.zip": "is_qgis_zip", "results.qgz": "is_qgz", "results.gpkg": "is_gpkg", "base.gpkg": "is_base", "base_relief.tif": "is_base_relief" };
GA.packed = [[/\.zip$/, "is_pack_zip"], [/\/gis\/site\./, "is_site"], [/\/gis\/layout\./, "is_layout"], [/\/gis\/legal_edge\./, "is_legal_edge"],
  [/_(报件|pack)\.docx$/, "is_pack_word"], [/_(表格|tables)\.xlsx$/, "is_pack_tables"], [/_(坐标|coordinates)\.txt$/, "is_pack_coordinates"], [/_(位置图|location)\./, "is_pack_location"],
  [/_(布局图|layout)\./, "is_layout"], [/_(界址点成果表|boundary_points)\./, "is_pack_points"]];
GA.isFile = function (name) {
  const found = GA.named[name] || (GA.packed.find(function (x) { return name.startsWith("packs/") && x[0].test(name); }) || [])[1];
  return found ? GA.t(found) : "";
};
GA.parts.give = async function (page) {
  const runs = (await GA.api("GET", GA.at("/runs"))).filter(function (r) { return r.finished; });
  page.append(GA.el("h1", { text: GA.t("tab_give") }));
  if (!runs.length) { page.append(GA.el("p", { class: "empty", text: GA.t("run_first") }), GA.el("a", { class: "button main", href: "#/p/" + encodeURIComponent(GA.project) + "/run", text: GA.t("to_run") })); return; }
  const template = (await GA.api("GET", GA.at())).template;
  const word = GA.el("input", { type: "file", accept: ".docx", id: "word-template", on: { change: GA.doing(async function () {
    const given = word.files[0];
    word.value = "";
    if (!given) return;
    await GA.api("PUT", GA.at("/template?file=" + encodeURIComponent(given.name)), given);
    await GA.show();
    GA.tell(GA.t("template_kept", { name: given.name }));
  }) } });
  const asked = location.hash.split("/")[4];
  const run = runs.find(function (r) { return r.number === asked; }) || runs[0];
  const going = GA.el("div", { id: "giving", "aria-live": "polite" }), list = GA.el("div", { id: "files" });
  async function files() {
    const found = await GA.api("GET", GA.at("/runs/" + run.number + "/files"));
    const groups = new Map();
    for (const f of found) {
      const top = f.name.includes("/") ? f.name.split("/")[0] : /\.tif$/i.test(f.name) ? "rasters" : "main";
      if (!groups.has(top)) groups.set(top, []);
      groups.get(top).push(f);
    }
    const place = function (name) { const at = Object.keys(GA.named).indexOf(name); return name.endsWith(".zip") && at < 0 ? -1 : at < 0 ? 99 : at; };
    for (const rows of groups.values()) rows.sort(function (a, b) { return place(a.name) - place(b.name); });
    const order = ["main", "packs", "checks", "print", "exports", "rasters", "figures", "monitor"];
    const names = Array.from(groups.keys()).sort(function (a, b) { return (order.indexOf(a) + 99) % 99 - (order.indexOf(b) + 99) % 99; });
    list.replaceChildren(...names.map(function (k) {
      return GA.el("details", { open: ["main", "packs", "checks", "print", "exports"].includes(k), "data-group": k }, [GA.el("summary", { text: (order.includes(k) ? GA.t("files_" + k) : k) + GA.t("in_brackets", { text: groups.get(k).length }) }), table(groups.get(k))]); }));
  }
  function table(found) {
    return GA.el("table", { class: "list" }, [GA.el("tbody", {}, found.map(function (f) {
      const short = f.name.replace(/^(packs|checks)\//, ""), words = f.title[GA.lang] || GA.isFile(f.name);
      const shown = /\.(html|pdf|png|svg|txt)$/i.test(f.name);
      return GA.el("tr", { "data-file": f.name }, [GA.el("th", { scope: "row" }, [GA.el("span", { text: words || short }), words ? GA.el("small", { text: short }) : null]), GA.el("td", { class: "figure", text: GA.size(f.bytes) }),
        GA.el("td", { class: "acts" }, [shown ? GA.el("a", { class: "button", href: GA.file(GA.project, f.path), target: "_blank", rel: "noopener", text: GA.t("open"), "aria-label": GA.t("open") + " " + f.name }) : null,
          GA.el("a", { class: "button", href: GA.file(GA.project, f.path, true), download: f.name.split("/").pop().replace(/\.(shp|gdb)$/, ".$1.zip"), text: GA.t("save"), "aria-label": GA.t("save") + " " + f.name })])]);
    }))]);
  }
  const act = function (kind, more) {
    return GA.doing(async function () {
      const begun = await GA.api("POST", GA.at("/jobs"), Object.assign({ kind: kind, lang: GA.lang, run: run.number }, more ? more() : {}));
      going.prepend(GA.watch(GA.project, begun.job, function (job) { if (job.state === "done") files().catch(GA.fail); }));
    });
  };
  let site = run.sites.length ? run.sites[0].id : "";
  const sites = GA.select(run.sites.map(function (s) {
    return [s.id, GA.t("site_line", { id: s.id, rank: s.rank === null ? "-" : s.rank, mw: GA.number(s.capacity_mw, 1) }) + (s.provisional ? GA.t("provisional") : "")]; }), site, function (v) { site = v; }, { id: "site" });
  const formats = new Set();
  const boxes = ["gpkg", "shp", "gdb", "kml", "dxf", "cog", "txt"].map(function (k) {
    const box = GA.el("input", { type: "checkbox", value: k, on: { change: function () { if (box.checked) formats.add(k); else formats.delete(k); } } });
    return GA.el("label", { class: "check" }, [box, GA.el("span", { text: GA.t("format_" + k) })]);
  });
  const choose = GA.select(runs.map(function (r) { return [r.number, GA.runName(r)]; }), run.number, function (v) { location.hash = "#/p/" + encodeURIComponent(GA.project) + "/give/" + v; }, { id: "which-run" });
  page.append(GA.el("div", { class: "row" }, [GA.field("which_run", choose), GA.el("a", { class: "button main", id: "look", href: GA.look(run.number), target: "_blank", rel: "noopener", text: GA.t("look") })]),
    GA.el("div", { class: "tiles" }, [
      GA.el("section", { class: "panel" }, [GA.el("h2", { text: GA.t("report") }), GA.el("p", { class: "dim", text: GA.t("report_hint") }), GA.button("make_report", act("report"), { class: "main", id: "make-report" }),
        GA.el("p", { id: "template", text: template ? GA.t("template_used", { name: template }) : GA.t("template_none") }),
        GA.el("div", { class: "row" }, [GA.pick("template_choose", word), template ? GA.button("template_drop", GA.doing(async function () { await GA.api("DELETE", GA.at("/template")); await GA.show(); }), { class: "quiet", id: "drop-template" }) : null])]),
      GA.el("section", { class: "panel" }, [GA.el("h2", { text: GA.t("pack") }), run.sites.length ? GA.field("which_site", sites) : GA.el("p", { class: "dim", text: GA.t("no_sites") }),
        GA.button("make_pack", act("pack", function () { return { site: site }; }), { class: "main", id: "make-pack", disabled: !run.sites.length })]),
      GA.el("section", { class: "panel" }, [GA.el("h2", { text: GA.t("map") }), GA.el("p", { class: "dim", text: GA.t("map_hint") }), GA.el("div", { class: "row" }, [
        GA.button("make_map", act("map"), { id: "make-map" }), GA.button("make_paper", act("paper"), { id: "make-paper" })])]),
      GA.el("section", { class: "panel" }, [GA.el("h2", { text: GA.t("qgis") }), GA.el("p", { class: "dim", text: GA.t("qgis_hint") }),
        GA.el("div", { class: "row" }, [GA.button("make_qgis", act("qgis"), { id: "make-qgis" }), GA.el("a", { class: "button", href: GA.file(GA.project, "runs/" + run.number + "/results.qgz", true), download: "results.qgz", text: GA.t("is_qgz") }), GA.el("a", { class: "button", href: GA.file(GA.project, "runs/" + run.number + "/results.gpkg", true), download: "results.gpkg", text: GA.t("is_gpkg") })]),
        GA.el("details", {}, [GA.el("summary", { text: GA.t("other_formats") }), GA.el("div", { class: "checks" }, boxes), GA.button("make_results", act("results", function () { return { formats: Array.from(formats) }; }), {})])]),
    ]), going, GA.el("section", { class: "panel" }, [GA.el("h2", { text: GA.t("files") }), list]));
  for (const job of await GA.api("GET", GA.at("/jobs"))) if (job.state === "running" && job.asked.run === run.number) going.append(GA.watch(GA.project, job.number, function () { files().catch(GA.fail); }));
  await files();
};
