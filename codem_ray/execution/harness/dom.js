"use strict";
// Looks at many pages in one process: a page is data, its scripts never run.
const fs = require("node:fs");
const vm = require("node:vm");
const assert = require("node:assert");
const { JSDOM } = require("jsdom");

const data = Buffer.alloc(256);
const secret = data.subarray(0, fs.readSync(3, data, 0, 256, null)).toString();
const SHAPES_IGNORED = new Set(["HTML", "HEAD", "BODY"]);
let checks = 0;

function counting(target) {
  return new Proxy(target, {
    apply: (inner, self, args) => {
      checks++;
      return Reflect.apply(inner, self, args);
    },
    get: (inner, key) => {
      const value = inner[key];
      return typeof value === "function" && !/^[A-Z]/.test(String(key)) ? counting(value) : value;
    },
  });
}

// Element names, attributes as sets and text with its white space collapsed, as nested arrays.
function shape(node) {
  const parts = [];
  for (const child of node.childNodes) {
    if (child.nodeType === 3) {
      const text = child.data.replace(/\s+/g, " ").trim();
      if (text) parts.push(text);
    } else if (child.nodeType === 1) {
      if (SHAPES_IGNORED.has(child.tagName) && child.attributes.length === 0) {
        parts.push(...shape(child));
      } else {
        const attributes = Array.from(child.attributes, (one) => [one.name,
          one.name === "class" ? one.value.split(/\s+/).filter(Boolean).sort().join(" ")
            : one.value.replace(/\s+/g, " ").trim()]).sort();
        parts.push([child.tagName, attributes, shape(child)]);
      }
    }
  }
  return parts;
}

function look(page, tests, milliseconds) {
  const dom = new JSDOM(page);
  if (tests.kind === "structure") {
    checks++;
    const wanted = shape(new JSDOM(tests.reference).window.document);
    assert.deepStrictEqual(shape(dom.window.document), wanted,
                           "the page's elements are not those of the reference");
    return;
  }
  if (tests.kind !== "dom") throw new Error(`tests of the kind ${tests.kind}; dom or structure`);
  const space = vm.createContext({
    assert: counting(assert), code: page, document: dom.window.document, window: dom.window,
    Node: dom.window.Node, console: { log() {}, assert: counting(assert) },
    getComputedStyle: dom.window.getComputedStyle.bind(dom.window),
  });
  vm.runInContext(`(() => {\n${tests.script}\n})()`, space, { timeout: milliseconds,
                                                          filename: "tests.js" });
}

const { names, milliseconds } = JSON.parse(fs.readFileSync("pages.json", "utf8"));
for (const name of names) {
  checks = 0;
  let status = "ok";
  let message = "";
  const before = process.cpuUsage();
  try {
    look(fs.readFileSync(`${name}/page.html`, "utf8"),
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
