"use strict";
// Checks and translates many TypeScript programs in one process; standard library files are shared.
const fs = require("node:fs");
const path = require("node:path");
const ts = require("typescript");
const { openEnd } = require(path.join(__dirname, "script.js"));

// An answer can name any file: what is not the compiler's own or a library is not there, whatever
// path leads to it (`/proc/self/cwd/u1/tests.ts`, `/dev/zero`).
const LIBRARIES = [path.dirname(require.resolve("typescript")), process.env.NODE_PATH]
  .map((folder) => fs.realpathSync(folder) + path.sep);
const FILE = "/work/program.ts";
const isLibrary = (name) => {
  try {
    const real = fs.realpathSync(name);
    return LIBRARIES.some((folder) => real.startsWith(folder));
  } catch {
    return false;
  }
};
const SEPARATOR = "\n";

function optionsOf(unit) {
  const chosen = JSON.parse(fs.readFileSync(path.join(unit, "options.json"), "utf8"));
  const raw = {
    target: chosen.target,
    strict: chosen.strict === "true",
    skipLibCheck: chosen.skipLibCheck === "true",
    module: "commonjs",
    moduleResolution: "node10",
    esModuleInterop: true,
    noEmitOnError: false,
    types: chosen.types ? chosen.types.split(",") : [],
  };
  if (chosen.lib) raw.lib = chosen.lib.split(",");
  if (raw.types.length) raw.typeRoots = [path.join(process.env.NODE_PATH, "@types")];
  const { options, errors } = ts.convertCompilerOptionsFromJson(raw, "/work");
  if (errors.length) throw new Error(ts.flattenDiagnosticMessageText(errors[0].messageText, "\n"));
  return options;
}

// One set of options: its host, the library files read with it, and the program of no lines, from
// which each other program takes what it has in common with it. Nothing goes from one answer to
// the next.
function workshopOf(options) {
  const files = new Map();
  const base = ts.createCompilerHost(options);
  const workshop = { options, source: "", empty: undefined };
  workshop.host = {
    ...base,
    getSourceFile(name, languageVersion, ...rest) {
      if (name === FILE) return ts.createSourceFile(name, workshop.source, languageVersion, true);
      if (!files.has(name)) {
        const file = isLibrary(name) ? base.getSourceFile(name, languageVersion, ...rest) : undefined;
        files.set(name, file);
      }
      return files.get(name);
    },
    fileExists: (name) => name === FILE || (isLibrary(name) && base.fileExists(name)),
    readFile: (name) => (name === FILE ? workshop.source
      : isLibrary(name) ? base.readFile(name) : undefined),
    writeFile() {},
  };
  workshop.empty = programOf(workshop, "");
  return workshop;
}

function programOf(workshop, source) {
  const { options, host, empty } = workshop;
  workshop.source = source;
  return ts.createProgram({ rootNames: [FILE], options, host, oldProgram: empty });
}

const workshops = new Map();

function check(source, options) {
  const key = JSON.stringify(options);
  if (!workshops.has(key)) workshops.set(key, workshopOf(options));
  return ts.getPreEmitDiagnostics(programOf(workshops.get(key), source));
}

function translate(source, options) {
  return ts.transpileModule(source, { compilerOptions: { ...options, isolatedModules: false,
                                                         types: undefined } }).outputText;
}

const NOTHING = /^(?:\s+|\/\/[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*$/;

// What stands in a prompt before the function whose body it lacks.
function helpersOf(prompt) {
  const whole = prompt.slice(0, openEnd(prompt).start);
  return NOTHING.test(whole) ? "" : whole;
}

// Checks and translates the programs in these folders; says whether all are sound.
function batch(units) {
  let isSound = true;
  for (const unit of units) {
    const read = (name) => fs.readFileSync(path.join(unit, name), "utf8");
    const context = read("context.ts");
    const answer = (context ? context + SEPARATOR : "") + read("answer.ts");
    const tests = read("tests.ts");
    const options = optionsOf(unit);
    const found = check(answer + SEPARATOR + tests, options);
    if (found.length) {
      for (const one of found.slice(0, 5)) {
        const text = ts.flattenDiagnosticMessageText(one.messageText, "\n");
        const line = one.file ? one.file.getLineAndCharacterOfPosition(one.start).line + 1 : 0;
        fs.writeSync(2, `${unit}/program.ts(${line}): TS${one.code}: ${text}\n`);
      }
      isSound = false;
      continue;
    }
    fs.writeFileSync(path.join(unit, "answer.js"), translate(answer, options));
    fs.writeFileSync(path.join(unit, "tests.js"), translate(tests, options));
    for (const [name, text] of [["context", context], ["prompt", helpersOf(read("prompt.ts"))]]) {
      fs.writeFileSync(path.join(unit, `${name}.js`), text && translate(text, options));
    }
  }
  return isSound;
}

module.exports = { batch };
if (require.main === module) process.exitCode = batch(process.argv.slice(2)) ? 0 : 1;
