"use strict";
// Under `node --build-snapshot`: makes a memory image of tsc_batch.js that has read the compiler and
// its library and has checked the programs in the folders that it is called with. Started with the
// image, node checks those of its own call.
const fs = require("node:fs");
const path = require("node:path");
const { startupSnapshot } = require("node:v8");
const vm = require("node:vm");

const PACKAGES = { typescript: path.join(process.env.NODE_PATH, "typescript/lib/typescript.js") };
const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"];
const loaded = new Map();

// While an image is made, `require` knows only what node itself brings.
function load(file) {
  if (loaded.has(file)) return loaded.get(file).exports;
  const module = { exports: {} };
  loaded.set(file, module);
  const requireOf = (name) => {
    const found = PACKAGES[name] ?? name;
    return path.isAbsolute(found) ? load(found) : require(found);
  };
  requireOf.resolve = (name) => PACKAGES[name];
  const source = fs.readFileSync(file, "utf8");
  const run = vm.compileFunction(source, PARAMETERS, { filename: file });
  run(module.exports, requireOf, module, file, path.dirname(file));
  return module.exports;
}

const { batch } = load(path.join(__dirname, "tsc_batch.js"));
batch(process.argv.slice(2));
startupSnapshot.setDeserializeMainFunction(() => {
  process.exitCode = batch(process.argv.slice(2)) ? 0 : 1;
});
