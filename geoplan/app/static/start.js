// First page: the projects of the workspace, and a new one of a county and a folder.
"use strict";
GA.parts.start = async function (page) {
  const space = await GA.api("GET", "/api/space");
  const cards = space.projects.map(function (p) {
    const going = p.running[0];
    return GA.el("li", { class: "card" }, [
      GA.el("a", { href: "#/p/" + encodeURIComponent(p.name), "data-project": p.name }, [GA.el("strong", { text: p.name }), GA.el("span", { text: GA.say(p.title) + " " + p.adcode })]),
      GA.el("p", { text: p.fault ? GA.say(p.fault) : going ? GA.t("kind_" + going.kind) + " · " + GA.t("state_running") : GA.t("n_runs", { n: p.runs }) }),
    ]);
  });
  page.append(
    GA.el("div", { class: "row spread" }, [GA.el("h1", { text: GA.t("projects") }),
      GA.button("new_project", function () { location.hash = "#/new"; }, { class: "main", id: "new-project" })]),
    cards.length ? GA.el("ul", { class: "cards" }, cards) : GA.el("p", { class: "empty", text: GA.t("no_projects") }),
    GA.el("p", { class: "dim", text: GA.t("workspace_is", { folder: space.folder }) }));
};

GA.parts.fresh = async function (page) {
  const space = await GA.api("GET", "/api/space");
  const chosen = { root: null, path: "", files: [] };
  const list = GA.el("datalist", { id: "county-list" });
  const county = GA.el("input", { id: "county", type: "text", maxlength: "60", autocomplete: "off", list: "county-list", required: "true" });
  let ticket = 0;
  county.addEventListener("input", async function () {
    const mine = ++ticket, text = county.value.trim();
    if (!text) return list.replaceChildren();
    try {
      const found = await GA.api("GET", "/api/counties?q=" + encodeURIComponent(text));
      if (mine === ticket) list.replaceChildren(...found.map(function (c) { return GA.el("option", { value: c.adcode, text: GA.say(c) }); }));
    } catch (err) { GA.fail(err); }
  });
  const folder = GA.el("input", { id: "folder", type: "text", maxlength: "1000", autocomplete: "off", placeholder: GA.t("folder_hint"), on: { input: function () { chosen.root = null; show(); } } });
  const name = GA.el("input", { id: "project-name", type: "text", maxlength: "58", placeholder: GA.t("project_name_hint") });
  const told = GA.el("p", { id: "chosen", class: "dim", role: "status" });
  function show() {
    told.textContent = chosen.files.length ? GA.t("files_chosen", { n: chosen.files.length, size: GA.size(chosen.files.reduce(function (a, f) { return a + f.file.size; }, 0)) }) :
      folder.value.trim() ? GA.t("folder_chosen", { folder: folder.value.trim() }) : GA.t("nothing_chosen");
  }

  const crumbs = GA.el("div", { class: "row crumbs" }), tree = GA.el("ul", { class: "folders", id: "folders" });
  async function open(root, path) {
    const view = await GA.api("GET", "/api/folders?root=" + root + "&path=" + encodeURIComponent(path));
    chosen.root = root; chosen.path = view.path; chosen.files = [];
    folder.value = view.title;
    const parts = view.path ? view.path.split("/") : [];
    crumbs.replaceChildren(GA.button("roots", GA.doing(async function () { roots(); GA.focus(tree.querySelector("button")); }), { class: "quiet" }),
      GA.el("span", { class: "path", id: "folder-now", tabindex: "-1", text: view.title }), GA.el("span", { class: "dim", text: GA.t("files_here", { n: view.data }) }));
    const up = path ? [GA.el("li", {}, [GA.el("button", { type: "button", text: "↑ " + GA.t("folder_up"), on: { click: GA.doing(function () { return open(root, parts.slice(0, -1).join("/")); }) } })])] : [];
    tree.replaceChildren(...up, ...view.folders.map(function (f) {
      return GA.el("li", {}, [GA.el("button", { type: "button", text: f, "data-folder": f, on: { click: GA.doing(function () { return open(root, view.path ? view.path + "/" + f : f); }) } })]); }),
    ...(view.more ? [GA.el("li", { class: "dim", text: GA.t("and_more", { n: view.more }) })] : []));
    show();
    GA.focus(document.getElementById("folder-now"));
  }
  function roots() {
    crumbs.replaceChildren(GA.el("span", { class: "dim", text: GA.t("choose_root") }));
    tree.replaceChildren(...space.roots.map(function (r) {
      return GA.el("li", {}, [GA.el("button", { type: "button", text: r.title, "data-root": String(r.root), on: { click: GA.doing(function () { return open(r.root, ""); }) } })]); }));
  }

  function bring(files) { chosen.files = files; chosen.root = null; folder.value = ""; show(); }
  const picker = GA.el("input", { type: "file", id: "bring-folder", webkitdirectory: true, multiple: true, on: { change: function () {
    bring(Array.from(picker.files).map(function (f) { return { file: f, path: f.webkitRelativePath || f.name }; })); } } });
  const drop = GA.el("div", { class: "drop", id: "drop" }, [GA.el("p", { text: GA.t("drop_here") }), GA.pick("bring_folder", picker)]);
  for (const event of ["dragenter", "dragover"]) drop.addEventListener(event, function (e) { e.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", function () { drop.classList.remove("over"); });
  drop.addEventListener("drop", GA.doing(async function (e) {
    e.preventDefault();
    drop.classList.remove("over");
    bring(await GA.dropped(e.dataTransfer));
  }));

  const status = GA.el("div", { id: "making", "aria-live": "polite" });
  const make = GA.button("make_project", GA.doing(async function () {
    const body = { county: county.value.trim(), name: name.value.trim(), lang: GA.lang };
    if (!body.county) throw new Error(GA.t("county_missing"));
    if (chosen.files.length) {
      // files that were brought in for an attempt that failed are there already
      if (!chosen.project) {
        chosen.project = (await GA.api("POST", "/api/empty?name=" + encodeURIComponent(body.name || body.county))).project;
        chosen.sent = null;
      }
      body.project = chosen.project;
      if (chosen.sent !== chosen.files) { await GA.upload(chosen.project, chosen.files, status); chosen.sent = chosen.files; }
    } else if (chosen.root !== null) { body.root = chosen.root; body.path = chosen.path; } else body.folder = folder.value.trim();
    const begun = await GA.api("POST", "/api/projects", body);
    status.replaceChildren(GA.watch(begun.project, begun.job, function (job) {
      if (job.state === "done") location.hash = "#/p/" + encodeURIComponent(begun.project);
    }));
  }), { class: "main", id: "make-project" });

  page.append(GA.el("h1", { text: GA.t("new_project") }), GA.el("div", { class: "columns three" }, [
    GA.el("section", { class: "panel" }, [GA.el("h2", { text: "1 · " + GA.t("which_county") }), GA.field("county", county, GA.t("county_hint")), list, GA.field("project_name", name)]),
    GA.el("section", { class: "panel" }, [GA.el("h2", { text: "2 · " + GA.t("which_folder") }), GA.field("folder", folder), crumbs, tree, drop]),
    GA.el("section", { class: "panel" }, [GA.el("h2", { text: "3 · " + GA.t("look_through") }), told, make, status])]));
  roots();
  show();
  county.focus();
};

// files and folders that were dropped, with the folders they lay in
GA.dropped = async function (transfer) {
  const out = [];
  async function walk(entry, path) {
    if (entry.isFile) {
      const file = await new Promise(function (good, bad) { entry.file(good, bad); });
      out.push({ file: file, path: path + file.name });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise(function (good, bad) { reader.readEntries(good, bad); });
      if (!some.length) return;
      for (const one of some) await walk(one, path + entry.name + "/");
    }
  }
  const entries = Array.from(transfer.items || []).map(function (i) { return i.webkitGetAsEntry && i.webkitGetAsEntry(); }).filter(Boolean);
  if (!entries.length) return Array.from(transfer.files).map(function (f) { return { file: f, path: f.name }; });
  for (const entry of entries) await walk(entry, "");
  return out;
};

GA.upload = async function (project, files, status) {
  const piece = 4194304, whole = files.reduce(function (a, f) { return a + f.file.size; }, 0) || 1;
  const bar = GA.el("progress", { max: "1", value: 0, "aria-label": GA.t("bringing") }), label = GA.el("p", { role: "status" });
  status.replaceChildren(label, bar);
  let sent = 0, n = 0;
  for (const one of files) {
    n += 1;
    label.textContent = GA.t("bringing_file", { n: n, of: files.length, name: one.path });
    let offset = 0;
    do {
      const part = one.file.slice(offset, offset + piece);
      await GA.api("PUT", "/api/projects/" + encodeURIComponent(project) + "/data?path=" + encodeURIComponent(one.path) + "&offset=" + offset + "&total=" + one.file.size, part);
      offset += part.size; sent += part.size;
      bar.value = sent / whole;
    } while (offset < one.file.size);
  }
};
