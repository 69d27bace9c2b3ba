"use strict";
// Judges many pages in one process. A page is data: its scripts never run.
const fs = require("node:fs");
const vm = require("node:vm");
const assert = require("node:assert");
const path = require("node:path");
const chai = require("chai");
const jquery = require("jquery");
const { JSDOM } = require("jsdom");
const { counting, refuseHiddenMembers } = require(path.join(__dirname, "page.js"));

const data = Buffer.alloc(256);
const secret = data.subarray(0, fs.readSync(3, data, 0, 256, null)).toString();
const TRANSPARENT = new Set(["HTML", "HEAD", "BODY"]);
let checks = 0;
const count = () => { checks++; };

// Element names, attributes as sets and text with its white space collapsed, as nested arrays.
function shape(node) {
  const parts = [];
  for (const child of node.childNodes) {
    if (child.nodeType === 3) {
      const text = child.data.replace(/\s+/g, " ").trim();
      if (text) parts.push(text);
    } else if (child.nodeType === 1) {
      if (TRANSPARENT.has(child.tagName) && child.attributes.length === 0) {
        parts.push(...shape(child));
      } else {
        const attributes = Array.from(child.attributes, (one) => [one.name,
          one.name === "class" ? one.value.split(/\s+/).filter(Boolean).sort().join(" ")
            : one.value.replace(/\s+/g, " ").trim()]).sort();
        // The content of a template is not among its children.
        const inside = child.tagName === "TEMPLATE" ? child.content : child;
        parts.push([child.tagName, attributes, shape(inside)]);
      }
    }
  }
  return parts;
}

// Parses a page as a browser with scripts does: the content of `noscript` is text, not elements.
function parse(page) {
  const dom = new JSDOM(page);
  for (const one of dom.window.document.querySelectorAll("noscript")) one.textContent = one.innerHTML;
  return dom;
}

function judgePage(page, tests, milliseconds) {
  const dom = parse(page);
  const { window } = dom;
  refuseHiddenMembers(window);
  if (tests.kind === "structure") {
    checks++;
    const wanted = shape(parse(tests.reference).window.document);
    assert.deepStrictEqual(shape(window.document), wanted,
                           "the page's elements are not those of the reference");
    return;
  }
  const isDom = tests.kind === "dom";
  if (!isDom && tests.kind !== "assertions") {
    throw new Error(`tests of the kind ${tests.kind}; dom, assertions or structure`);
  }
  const globals = {
    assert: counting(isDom ? assert : chai.assert, count), code: page, document: window.document,
    window, Node: window.Node, console: { log() {}, assert: counting(assert, count) },
    getComputedStyle: window.getComputedStyle.bind(window),
  };
  if (!isDom) globals.$ = globals.jQuery = jquery(window);
  const space = vm.createContext(globals);
  for (const script of isDom ? [tests.script] : tests.scripts) {
    vm.runInContext(`(() => {\n${script}\n})()`, space, { timeout: milliseconds,
                                                        filename: "tests.js" });
  }
}

const { names, milliseconds } = JSON.parse(fs.readFileSync("pages.json", "utf8"));
for (const name of names) {
  checks = 0;
  let status = "ok";
  let message = "";
  const before = process.cpuUsage();
  try {
    judgePage(fs.readFileSync(`${name}/page.html`, "utf8"),
         JSON.parse(fs.readFileSync(`${name}/tests.json`, "utf8")), milliseconds);
  } catch (error) {
    status = error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "timeout" : "failed";
    message = String(error?.message ?? error).replace(/\s+/g, " ").slice(0, 300);
  }
  const spent = process.cpuUsage(before);
  const seconds = ((spent.user + spent.system) / 1e6).toFixed(4);
  fs.writeSync(4, `${secret} ${name} ${status} ${checks} ${seconds} ${message}\n`);
}
process.exit(0);
