"use strict";
// Runs the tests of one JavaScript program; asks the answer's process for what the answer computes.
// `host` is the judge's: folder, context, wire, and `send`, which never returns.
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { types } = require("node:util");
const { wire } = host;
const file = (name) => path.join(host.folder, name);
// By number: a list would have names of its own to be asked for.
const callbacks = new Map();
const numbers = new WeakMap();
const fromAnswer = new WeakSet();
const MARK = "an object of the answer's";
let checks = 0;

function report(status, message = "") {
  const text = message.replace(/\s+/g, " ").slice(0, 1500);
  host.send(status, checks, text);
}
host.report = report;

function conclude(error) {
  // Of this context or of the process, as node's assert makes them.
  const isError = types.isNativeError(error);
  const isAnswers = error !== null && typeof error === "object" && fromAnswer.has(error);
  let text = "an error that cannot be shown";
  let line;
  try {
    text = isError ? `${error.name}: ${error.message}` : String(error);
    line = isError ? /tests\.js:(\d+)/.exec(error.stack ?? "")?.[1] : undefined;
  } catch {
    // The answer threw an object whose toString is none.
  }
  report(isAnswers ? "error" : "failed", line ? `${text} (test line ${line})` : text);
}
host.conclude = conclude;

function other(value) {
  if (numbers.has(value)) return ["h", numbers.get(value)];
  if (typeof value !== "function") return ["u"];
  callbacks.set(callbacks.size, value);
  return ["cb", callbacks.size - 1];
}
other.mine = (value) => (numbers.has(value) ? ["h", numbers.get(value)] : undefined);

function remote(data) {
  if (data[0] === "cb") return callbacks.get(data[1]);
  const [, number, kind] = data;
  if (kind === "symbol") return Symbol("of the answer");
  // A property that no other object has: an object of the answer's equals nothing, not even {}.
  const target = kind === "function" ? function () {} : { [MARK]: Symbol("of the answer") };
  const proxy = new Proxy(target, {
    apply: (_, self, args) => call("call", number, self, args),
    construct: (_, args) => Object(call("new", number, undefined, args)),
    get: (target, key) => {
      if (typeof key === "symbol") return key === Symbol.iterator ? undefined : target[key];
      if (key === "then") return undefined;
      if (key === MARK) return target[MARK];
      const value = wire.decode(ask({ op: "get", handle: number, key }).value, remote);
      return value;
    },
    set: (_, key, value) => {
      ask({ op: "set", handle: number, key, value: wire.encode(value, other) });
      return true;
    },
  });
  numbers.set(proxy, number);
  return proxy;
}

function revive(reply) {
  const error = "thrown" in reply ? wire.decode(reply.thrown, remote)
    : wire.makeError(reply.error, reply.message);
  if (error !== null && typeof error === "object") fromAnswer.add(error);
  return error;
}

function ask(request) {
  try {
    return exchange(request);
  } catch (error) {
    // At once: a test that expects an exception must not take this for one.
    if (error instanceof wire.PeerGone) report("gone", "the answer's process ended before the tests did");
    throw error;
  }
}

function exchange(request) {
  wire.send(request);
  for (;;) {
    const reply = wire.receive();
    if ("callback" in reply) {
      serve(reply);
    } else if ("error" in reply) {
      throw revive(reply);
    } else {
      return reply;
    }
  }
}

// Calls a function of the tests for the answer. An assertion that fails in it is the verdict: the
// answer could catch it. Any other error may be meant for the answer, so it gets it; the checks of such
// a call do not count.
function serve(request) {
  const before = checks;
  let value;
  try {
    const called = callbacks.get(request.callback);
    value = wire.encode(
      Reflect.apply(called, undefined, request.args.map((arg) => wire.decode(arg, remote))), other);
  } catch (error) {
    if (types.isNativeError(error) && error.code === "ERR_ASSERTION" && !fromAnswer.has(error)) {
      conclude(error);
    }
    checks = before;
    wire.send({ error: error?.name ?? "Error", message: String(error?.message ?? error) });
    return;
  }
  wire.send({ value });
}

// Makes a mutable argument what the answer made of its copy, in place.
function update(old, fresh) {
  if (Array.isArray(old) && Array.isArray(fresh)) {
    const merged = fresh.map((item, i) => (i < old.length ? update(old[i], item) : item));
    old.splice(0, old.length, ...merged);
    return old;
  }
  if (old instanceof Map && fresh instanceof Map) {
    old.clear();
    for (const [key, value] of fresh) old.set(key, value);
    return old;
  }
  if (old instanceof Set && fresh instanceof Set) {
    old.clear();
    for (const value of fresh) old.add(value);
    return old;
  }
  if (old && fresh && Object.getPrototypeOf(old) === Object.prototype
      && Object.getPrototypeOf(fresh) === Object.prototype) {
    for (const key of Object.keys(old)) if (!Object.hasOwn(fresh, key)) delete old[key];
    for (const key of Object.keys(fresh)) {
      old[key] = Object.hasOwn(old, key) ? update(old[key], fresh[key]) : fresh[key];
    }
    return old;
  }
  return old !== null && typeof old === "object" ? old : fresh;
}

function call(op, handle, self, args) {
  const reply = ask({ op, handle, self: self === globalThis ? ["u"] : wire.encode(self, other),
                      args: args.map((arg) => wire.encode(arg, other)) });
  if (reply.after) reply.after.forEach((data, i) => update(args[i], wire.decode(data, remote)));
  if (reply.rejected) return Promise.reject(revive(reply.rejected));
  const value = wire.decode(reply.value, remote);
  return reply.isPromise ? Promise.resolve(value) : value;
}

const RESERVED = /^(?:await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|let|new|null|return|static|super|switch|throw|true|try|typeof|var|void|while|with|yield)$/;
const DECLARED = /\b(?:class|function|const|let|var)\b[\s*]*([\w$]+)/g;

// What the benchmark's context and prompt define beside what is asked for: the tests take it from
// here, so an answer gains nothing by a helper of its own. The prompt's last function lacks its end.
function helpers(context, prompt, names) {
  const words = new Set(`${context}\n${prompt}`.match(/[A-Za-z_$][\w$]*/g));
  if (!names.some((name) => words.has(name))) return {};
  const { asScript, openEnd } = host.script();
  const { closing, start } = openEnd(prompt);
  const unfinished = new Set(Array.from(prompt.slice(start).matchAll(DECLARED), ([, name]) => name));
  const wanted = names.filter((name) => words.has(name) && !unfinished.has(name));
  if (!wanted.length) return {};
  let look;
  // One script: the prompt's names may be the context's too. Where it throws, what came before stands.
  const run = (text) => new vm.Script(
    `(__codem_look__) => {\n${asScript(context)}\n;__codem_look__((__codem_name__) => `
    + `eval(__codem_name__));\n{__codem_look__((__codem_name__) => eval(__codem_name__));\n`
    + `${asScript(text)}\n}\n}`, { filename: "prompt.js" }).runInContext(host.context)(
    (found) => { look = found; });
  for (const end of [`\n${closing}`, `{}\n${closing}`, `0\n${closing}`, null]) {
    try {
      run(end === null ? "" : prompt + end);
      break;
    } catch (error) {
      // The compiler's errors are of node's own context, so `instanceof` would not know them.
      if (error?.name !== "SyntaxError") break;
    }
  }
  const made = {};
  for (const name of look ? wanted : []) {
    try {
      made[name] = look(name);
    } catch {
      // It is a word of a comment or a name that the answer has to define.
    }
  }
  return made;
}

// An assertion module whose every call is counted.
function counting(module) {
  const made = new Map();
  return new Proxy(module, {
    apply: (target, self, args) => {
      checks++;
      return Reflect.apply(target, self, args);
    },
    get: (target, key) => {
      const value = target[key];
      if (typeof value !== "function" || /^[A-Z]/.test(String(key))) return value;
      if (!made.has(key)) made.set(key, counting(value));
      return made.get(key);
    },
    set: (target, key, value) => {
      host.useUp();
      return Reflect.set(target, key, value);
    },
  });
}

// Loading it costs more than most tests.
let countedAssert;

function testRequire(name) {
  if (!/^(node:)?assert(\/strict)?$/.test(name)) {
    host.useUp();
    return require(name);
  }
  const assert = require("node:assert");
  countedAssert ??= [counting(assert), counting(assert.strict)];
  return countedAssert[name.endsWith("/strict") ? 1 : 0];
}

const ownConsole = Object.assign(Object.create(console), { assert: (condition, ...message) => {
  checks++;
  if (!condition) {
    const line = /tests\.js:(\d+)/.exec(new Error().stack ?? "")?.[1] ?? "?";
    report("failed", `console.assert failed (test line ${line}) ${message.map(String).join(" ")}`);
  }
} });

const text = (name) => (fs.existsSync(file(name)) ? fs.readFileSync(file(name), "utf8") : "");

try {
  const source = fs.readFileSync(file("tests.js"), "utf8");
  const entry = fs.readFileSync(file("entry.txt"), "utf8");
  // An answer may not replace what the tests take for the language's own, `Math` say.
  const own = new Set(Object.getOwnPropertyNames(globalThis));
  const module = { exports: {} };
  Object.assign(globalThis, { require: testRequire, module, exports: module.exports });
  const given = (name, value) => Object.defineProperty(
    globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  given("console", ownConsole);
  const used = [...new Set(source.match(/[A-Za-z_$][\w$]*/g) ?? [])]
    .filter((name) => name === entry || !own.has(name))
    .filter((name) => !/^(require|module|exports|console|process|globalThis|this|global|NaN|Infinity|undefined)$/.test(name));
  const made = helpers(text("context.js"), text("prompt.js"),
                       used.filter((name) => name !== entry && !RESERVED.test(name)));
  checks = 0;
  for (const [name, value] of Object.entries(made)) given(name, value);
  const names = used.filter((name) => !Object.hasOwn(made, name));
  const reply = (() => {
    try {
      wire.send({ names });
      return wire.receive();
    } catch {
      return report("gone", "the answer's process ended before the tests did");
    }
  })();
  if ("syntax" in reply) report("compile", reply.syntax);
  if ("error" in reply) report("error", `${reply.error}: ${reply.message}`);
  const asked = new Set(names);
  for (const [name, data] of Object.entries(reply.names)) {
    if (asked.has(name)) given(name, wire.decode(data, remote));
  }
  vm.runInContext(source, host.context, { filename: "tests.js" });
} catch (error) {
  conclude(error);
}
