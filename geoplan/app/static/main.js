// Which page is shown, and the frame around it.
"use strict";
GA.tabs = [["data", "tab_data"], ["doctor", "tab_doctor"], ["run", "tab_run"], ["give", "tab_give"], ["register", "tab_register"]];

// the language chosen outlives the page; a browser that keeps nothing is none the worse
GA.keep = function (lang) { try { localStorage.setItem("geoplan-lang", lang); } catch (err) { /* not kept */ } };
GA.kept = function () { try { return localStorage.getItem("geoplan-lang"); } catch (err) { return null; } };

GA.show = async function () {
  GA.quiet();
  for (const open of document.querySelectorAll("dialog")) open.remove();
  // of two pages asked for one after the other the later one is shown, and the faults of that alone
  const turn = GA.turn = (GA.turn || 0) + 1;
  const was = GA.handle(document.activeElement) || GA.pressed, here = document.documentElement.dataset.shown;
  GA.pressed = "";
  const parts = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  GA.project = parts[0] === "p" ? parts[1] : "";
  const tab = parts[2] || "data";
  document.documentElement.lang = GA.lang === "zh" ? "zh-CN" : "en";
  document.title = (GA.project ? GA.project + " · " : "") + GA.t("title");
  const page = GA.el("main", { id: "page", tabindex: "-1" }, [GA.el("p", { class: "dim loading", role: "status", text: GA.t("loading") })]);
  const other = GA.lang === "zh" ? "en" : "zh";
  const head = GA.el("header", {}, [
    GA.el("a", { href: "#/", class: "brand" }, [GA.el("strong", { text: "geoplan" }), GA.el("span", { text: GA.t("brand") })]),
    GA.project ? GA.el("span", { class: "where", text: GA.project }) : null,
    GA.project ? GA.el("nav", { "aria-label": GA.t("parts_of_project") }, GA.tabs.map(function (x) {
      return GA.el("a", { href: "#/p/" + encodeURIComponent(GA.project) + "/" + x[0], text: GA.t(x[1]), "data-tab": x[0], "aria-current": x[0] === tab ? "page" : null }); })) : null,
    GA.el("button", { type: "button", class: "quiet", id: "lang", lang: other, text: other === "en" ? "English" : "中文", on: { click: function () { GA.lang = other; GA.keep(other); GA.show(); } } }),
  ]);
  document.getElementById("app").replaceChildren(GA.el("a", { href: "#page", class: "skip", text: GA.t("skip"), on: { click: function (e) { e.preventDefault(); page.focus(); } } }),
    head, GA.el("div", { id: "message", role: "alert" }), page);
  try {
    if (!GA.project) await GA.parts[parts[0] === "new" ? "fresh" : "start"](page);
    else await (GA.parts[tab] || GA.parts.data)(page);
  } catch (err) { if (turn === GA.turn) GA.fail(err); }
  if (turn !== GA.turn) return;
  // the same page: what had the focus; another one: its heading
  const shown = location.hash || "#/";
  if (here) GA.focus(here === shown && was && document.getElementById("app").querySelector(was) || page.querySelector("h1"));
  document.documentElement.dataset.shown = shown;
};

(async function () {
  GA.token = document.body.dataset.token;
  GA.lang = ["zh", "en"].includes(GA.kept()) ? GA.kept() : document.body.dataset.lang;
  history.replaceState(null, "", location.pathname + location.search + location.hash);
  GA.words = await GA.api("GET", "/api/words");
  addEventListener("hashchange", GA.show);
  await GA.show();
})();
