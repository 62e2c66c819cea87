"use strict";
// Names shared by all parts of the page: texts in two languages and small DOM helpers.
// Text always enters the page as textContent, so nothing in the data can become markup.
const GP = { lang: "zh", layers: [], byId: {}, meta: null, map: null, texts: [], hooks: {} };

GP.t = function (key, values) {
  const table = GP.meta.strings[GP.lang];
  const one = GP.one(values), own = table["map." + key] ? "map." + key : key;
  let text = (one && table[own + "#" + one]) || table[own] || key;
  for (const k in values || {}) text = text.split("{" + k + "}").join(GP.say(values[k]));
  return text;
};

// The place that is filled with 1, of which English speaks otherwise.
GP.one = function (values) {
  return Object.keys(values || {}).find(function (k) { return String(GP.say(values[k])) === "1"; });
};

GP.say = function (source) {
  if (source === null || source === undefined) return "";
  if (typeof source === "function") return source();
  if (typeof source === "object") return source[GP.lang] || source.zh || "";
  return String(source);
};

// Put text into a node (or one of its attributes) and keep it current in both languages.
GP.text = function (node, source, attr) {
  const set = function () {
    const text = GP.say(source);
    if (attr) node.setAttribute(attr, text);
    else node.textContent = text;
  };
  set();
  GP.texts.push({ node: node, set: set });
  return node;
};

GP.key = function (key, values) {
  return function () { return GP.t(key, values); };
};

GP.el = function (tag, props, children) {
  const node = document.createElement(tag);
  for (const k in props || {}) {
    const v = props[k];
    if (v === null || v === undefined || v === false) continue;
    if (k === "text") GP.text(node, v);
    else if (k === "label") GP.text(node, v, "aria-label");
    else if (k === "title") GP.text(node, v, "title");
    else if (k === "hint") GP.text(node, v, "placeholder");
    else if (k === "on") for (const e in v) node.addEventListener(e, v[e]);
    else if (k === "style") for (const s in v) node.style.setProperty(s, v[s]);
    else if (k === "class") node.className = v;
    else node.setAttribute(k, v === true ? "" : v);
  }
  for (const c of children || []) if (c) node.append(c);
  return node;
};

GP.svg = function (tag, attrs, children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const k in attrs || {}) node.setAttribute(k, attrs[k]);
  for (const c of children || []) if (c) node.append(c);
  return node;
};

GP.icon = function (path) {
  return GP.svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "gp-icon" }, [
    GP.svg("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 2,
      "stroke-linecap": "round", "stroke-linejoin": "round" }),
  ]);
};

GP.number = function (value, decimals) {
  if (value === null || value === undefined || !isFinite(value)) return "";
  return Number(value).toLocaleString("en-US", {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals });
};

// "公顷/ha": the part before the stroke is Chinese; units with no CJK stay as they are.
GP.unit = function (unit) {
  if (!unit) return "";
  if (typeof unit === "object") return GP.say(unit);
  const at = unit.indexOf("/");
  if (at > 0 && /[\u4e00-\u9fff]/.test(unit.slice(0, at)) && !/[\u4e00-\u9fff]/.test(unit.slice(at)) && /^\/(ha|mu)$/.test(unit.slice(at)))
    return GP.lang === "zh" ? unit.slice(0, at) : unit.slice(at + 1);
  return unit;
};

GP.announce = function (text) {
  const node = document.getElementById("gp-live");
  if (node) node.textContent = text;
};

GP.setLang = function (lang) {
  GP.lang = lang;
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = GP.say(GP.meta.title);
  GP.texts = GP.texts.filter(function (x) { return x.node.isConnected || x.keep; });
  for (const x of GP.texts) x.set();
  GP.announce("");  // what was said in the other language is over
  GP.emit("lang");
};

GP.on = function (name, fn) { (GP.hooks[name] = GP.hooks[name] || []).push(fn); };
GP.emit = function (name, value) { for (const fn of GP.hooks[name] || []) fn(value); };
