"use strict";
// Type-checks and translates many TypeScript programs in one process, which parses the library once.
const fs = require("node:fs");
const path = require("node:path");
const ts = require("typescript");
const { openEnd } = require(path.join(__dirname, "script.js"));

// An answer can import any path. The compiler sees only its own files and the node packages;
// other paths do not exist for it (`/proc/self/cwd/u1/tests.ts`, `/dev/zero`).
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

// Returns a compiler for one set of options. It keeps the parsed library files and an empty program
// from which each program takes the library; nothing passes from one answer to the next.
function compilerOf(options) {
  const files = new Map();
  const base = ts.createCompilerHost(options);
  const compiler = { options, source: "", empty: undefined };
  compiler.host = {
    ...base,
    getSourceFile(name, languageVersion, ...rest) {
      if (name === FILE) return ts.createSourceFile(name, compiler.source, languageVersion, true);
      if (!files.has(name)) {
        const file = isLibrary(name) ? base.getSourceFile(name, languageVersion, ...rest) : undefined;
        files.set(name, file);
      }
      return files.get(name);
    },
    fileExists: (name) => name === FILE || (isLibrary(name) && base.fileExists(name)),
    readFile: (name) => (name === FILE ? compiler.source
      : isLibrary(name) ? base.readFile(name) : undefined),
    writeFile() {},
  };
  compiler.empty = programOf(compiler, "");
  return compiler;
}

function programOf(compiler, source) {
  const { options, host, empty } = compiler;
  compiler.source = source;
  return ts.createProgram({ rootNames: [FILE], options, host, oldProgram: empty });
}

const compilers = new Map();

function check(source, options) {
  const key = JSON.stringify(options);
  if (!compilers.has(key)) compilers.set(key, compilerOf(options));
  return ts.getPreEmitDiagnostics(programOf(compilers.get(key), source));
}

function translate(source, options) {
  return ts.transpileModule(source, { compilerOptions: { ...options, isolatedModules: false,
                                                         types: undefined } }).outputText;
}

const NOTHING = /^(?:\s+|\/\/[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*$/;

// Returns the part of a prompt before the function whose body is missing.
function helpersOf(prompt) {
  const whole = prompt.slice(0, openEnd(prompt).start);
  return NOTHING.test(whole) ? "" : whole;
}

// Checks and translates the programs in these folders; returns whether all are valid.
function translateBatch(units) {
  let isValid = true;
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
      isValid = false;
      continue;
    }
    fs.writeFileSync(path.join(unit, "answer.js"), translate(answer, options));
    fs.writeFileSync(path.join(unit, "tests.js"), translate(tests, options));
    for (const [name, text] of [["context", context], ["prompt", helpersOf(read("prompt.ts"))]]) {
      fs.writeFileSync(path.join(unit, `${name}.js`), text && translate(text, options));
    }
  }
  return isValid;
}

process.exitCode = translateBatch(process.argv.slice(2)) ? 0 : 1;
