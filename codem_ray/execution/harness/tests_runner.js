"use strict";
// Runs the tests of one JavaScript program, which use the answer through the answer's process.
// `host` comes from the judge: folder, context, wire, and `send`, which never returns.
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { types } = require("node:util");
const { wire } = host;
const file = (name) => path.join(host.folder, name);
// A Map, because the answer could ask for an array's own members by name.
const callbacks = new Map();
const numbers = new WeakMap();
const fromAnswer = new WeakSet();
const MARK = "an object of the answer's";
const MAX_ITEMS = 1_000_000;
let checks = 0;

function report(status, message = "") {
  const text = message.replace(/\s+/g, " ").slice(0, 1500);
  host.send(status, checks, text);
}
host.report = report;

// Reports the error that ended the tests.
function conclude(error) {
  // Errors of this context, or of the process if Node's assert made them.
  const isError = types.isNativeError(error);
  const isAnswers = error !== null && typeof error === "object" && fromAnswer.has(error);
  let text = "an error that cannot be described";
  let line;
  try {
    text = isError ? `${error.name}: ${error.message}` : String(error);
    line = isError ? /tests\.js:(\d+)/.exec(error.stack ?? "")?.[1] : undefined;
  } catch {
    // The answer threw an object without a usable toString.
  }
  report(isAnswers ? "error" : "failed", line ? `${text} (test line ${line})` : text);
}
host.conclude = conclude;

// Encodes a value that is not plain data: a handle of the answer's object, or a callback.
function encodeObject(value) {
  if (numbers.has(value)) return ["h", numbers.get(value)];
  if (typeof value !== "function") return ["u"];
  callbacks.set(callbacks.size, value);
  return ["cb", callbacks.size - 1, value.length];
}
encodeObject.asHandle = (value) => (numbers.has(value) ? ["h", numbers.get(value)] : undefined);

// Decodes a callback of the tests or a handle of the answer's object.
function decodeObject(data) {
  if (data[0] === "cb") return callbacks.get(data[1]);
  const [, number, kind, , isIterable] = data;
  if (kind === "symbol") return Symbol("of the answer");
  // With a property that no other object has, an object of the answer equals nothing, not even {}.
  const target = kind === "function" ? function () {} : { [MARK]: Symbol("of the answer") };
  const proxy = new Proxy(target, {
    apply: (_, self, args) => call("call", number, self, args),
    construct: (_, args) => Object(call("new", number, undefined, args)),
    get: (target, key) => {
      if (key === Symbol.iterator) return isIterable ? () => items(number) : undefined;
      if (typeof key === "symbol") return target[key];
      if (key === "then") return undefined;
      if (key === MARK) return target[MARK];
      const value = wire.decode(ask({ op: "get", handle: number, key }).value, decodeObject);
      return value;
    },
    set: (_, key, value) => {
      ask({ op: "set", handle: number, key, value: wire.encode(value, encodeObject) });
      return true;
    },
  });
  numbers.set(proxy, number);
  return proxy;
}

// Iterates over an iterable of the answer in growing blocks, because it may be endless.
function items(number) {
  const { iterator } = ask({ op: "iterate", handle: number });
  return (function* () {
    for (let count = 1, total = 0; ; count = Math.min(2 * count, 4096)) {
      const reply = ask({ op: "next", iterator, count });
      const block = wire.decode(reply.value, decodeObject);
      total += block.length;
      if (total > MAX_ITEMS) report("error", `more than ${MAX_ITEMS} items of an iterable`);
      yield* block;
      if (reply.problem) throw revive(reply.problem);
      if (block.length < count) return;
    }
  })();
}

function revive(reply) {
  const error = "thrown" in reply ? wire.decode(reply.thrown, decodeObject)
    : wire.makeError(reply.error, reply.message);
  if (error !== null && typeof error === "object") fromAnswer.add(error);
  return error;
}

function ask(request) {
  try {
    return exchange(request);
  } catch (error) {
    // Reported at once: a test that expects an exception must not take this for one.
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

// Calls a function of the tests for the answer. An assertion that fails in it is the verdict, since the
// answer could catch it. Any other error may be meant for the answer, so the answer gets it, and the
// checks of such a call do not count.
function serve(request) {
  const before = checks;
  let value;
  try {
    const called = callbacks.get(request.callback);
    value = wire.encode(
      Reflect.apply(called, undefined, request.args.map((arg) => wire.decode(arg, decodeObject))), encodeObject);
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

// Changes a mutable argument in place as the answer changed its copy.
function update(old, fresh) {
  if (old === null || typeof old !== "object") return fresh;
  if (fresh === null || typeof fresh !== "object" || numbers.has(old) || numbers.has(fresh)) return old;
  if (Array.isArray(old) && Array.isArray(fresh)) {
    // Not with splice, which would take each item as an argument.
    const size = old.length;
    old.length = fresh.length;
    for (let i = 0; i < fresh.length; i++) old[i] = i < size ? update(old[i], fresh[i]) : fresh[i];
  } else if (types.isMap(old) && types.isMap(fresh)) {
    old.clear();
    for (const [key, value] of fresh) old.set(key, value);
  } else if (types.isSet(old) && types.isSet(fresh)) {
    old.clear();
    for (const value of fresh) old.add(value);
  } else if (types.isTypedArray(old) && types.isTypedArray(fresh) && old.length === fresh.length) {
    old.set(fresh);
  } else if (wire.isPlain(old) && wire.isPlain(fresh)) {
    for (const key of Object.keys(old)) if (!Object.hasOwn(fresh, key)) delete old[key];
    for (const key of Object.keys(fresh)) {
      if (Object.hasOwn(old, key)) old[key] = update(old[key], fresh[key]);
      // Not by assignment, which for `__proto__` would change what the object inherits.
      else Object.defineProperty(old, key, Object.getOwnPropertyDescriptor(fresh, key));
    }
  }
  return old;
}

function call(op, handle, self, args) {
  const reply = ask({ op, handle, self: self === globalThis ? ["u"] : wire.encode(self, encodeObject),
                      args: args.map((arg) => wire.encode(arg, encodeObject)) });
  if (reply.after) reply.after.forEach((data, i) => update(args[i], wire.decode(data, decodeObject)));
  if (reply.rejected) return Promise.reject(revive(reply.rejected));
  const value = wire.decode(reply.value, decodeObject);
  return reply.isPromise ? Promise.resolve(value) : value;
}

const RESERVED = /^(?:await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|let|new|null|return|static|super|switch|throw|true|try|typeof|var|void|while|with|yield)$/;
const DECLARED = /\b(?:class|function|const|let|var)\b[\s*]*([\w$]+)/g;

// Returns whether a value is a class that has fields only. The tests pass objects of such a class to
// the answer, which needs objects of its own class. A function among its fields would be the answer's.
function isRecord(value, name, tests) {
  return typeof value === "function"
    && Array.from(tests.matchAll(/\bnew\s+([\w$]+)/g)).some(([, made]) => made === name)
    && Object.getOwnPropertyNames(value.prototype ?? {}).join() === "constructor"
    && Object.getPrototypeOf(value.prototype) === Object.prototype
    && Reflect.ownKeys(value).every((key) => /^(?:length|name|prototype|arguments|caller)$/.test(String(key)))
    && !/=>|\bfunction\b/.test(Function.prototype.toString.call(value).slice("function".length));
}

// Returns the definitions in the benchmark's context and prompt, without the requested function. The
// tests use these, so a helper of the same name in the answer has no effect. The prompt's last function is
// incomplete.
function helpers(context, prompt, names, tests) {
  const words = new Set(`${context}\n${prompt}`.match(/[A-Za-z_$][\w$]*/g));
  if (!names.some((name) => words.has(name))) return {};
  const { asScript, openEnd } = host.script();
  const { closing, start } = openEnd(prompt);
  const unfinished = new Set(Array.from(prompt.slice(start).matchAll(DECLARED), ([, name]) => name));
  const wanted = names.filter((name) => words.has(name) && !unfinished.has(name));
  if (!wanted.length) return {};
  let look;
  // One script, since the prompt may redefine names of the context. If it throws, the definitions
  // before that point are kept.
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
      // Errors of the compiler belong to Node's own context, so `instanceof` does not recognise them.
      if (error?.name !== "SyntaxError") break;
    }
  }
  const made = {};
  for (const name of look ? wanted : []) {
    try {
      const value = look(name);
      if (!isRecord(value, name, tests)) made[name] = value;
    } catch {
      // A word of a comment, or a name that the answer has to define.
    }
  }
  return made;
}

// Returns an assertion module that counts its calls.
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
      host.taint();
      return Reflect.set(target, key, value);
    },
  });
}

// Loaded on first use: loading takes longer than most tests.
let countedAssert;

function testRequire(name) {
  if (!/^(node:)?assert(\/strict)?$/.test(name)) {
    host.taint();
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

// Rebuilds a value of Node's realm in the realm of the tests.
function adopt(value, known) {
  if (value === null || typeof value !== "object") return value;
  if (known.has(value)) return known.get(value);
  const keep = (made) => {
    known.set(value, made);
    return made;
  };
  if (Array.isArray(value)) {
    const made = keep(new Array(value.length));
    for (const key of Object.keys(value)) made[key] = adopt(value[key], known);
    return made;
  }
  if (types.isMap(value)) {
    const made = keep(new Map());
    for (const [key, item] of value) made.set(adopt(key, known), adopt(item, known));
    return made;
  }
  if (types.isSet(value)) {
    const made = keep(new Set());
    for (const item of value) made.add(adopt(item, known));
    return made;
  }
  if (wire.isPlain(value)) {
    const made = keep({});
    for (const key of Object.keys(value)) {
      Object.defineProperty(made, key, { value: adopt(value[key], known), writable: true,
                                         enumerable: true, configurable: true });
    }
    return made;
  }
  const isData = types.isDate(value) || types.isRegExp(value) || types.isNativeError(value)
    || types.isTypedArray(value);
  return keep(isData ? wire.decode(wire.encode(value, encodeObject), decodeObject) : value);
}

// Makes errors of Node's realm, such as AssertionError, instances of the tests' error classes.
function recogniseErrors(kind) {
  const nodes = host.errors[kind.name];
  const isInstance = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(kind, Symbol.hasInstance, {
    value(thing) {
      return isInstance.call(this, thing) || (this === kind && thing instanceof nodes);
    },
    configurable: true,
  });
}

const text = (name) => (fs.existsSync(file(name)) ? fs.readFileSync(file(name), "utf8") : "");

try {
  const source = fs.readFileSync(file("tests.js"), "utf8");
  const entry = fs.readFileSync(file("entry.txt"), "utf8");
  // An answer may not replace a builtin that the tests use, such as `Math`.
  const own = new Set(Object.getOwnPropertyNames(globalThis));
  const module = { exports: {} };
  Object.assign(globalThis, { require: testRequire, module, exports: module.exports });
  const given = (name, value) => Object.defineProperty(
    globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  given("console", ownConsole);
  const { get } = Object.getOwnPropertyDescriptor(globalThis, "structuredClone");
  given("structuredClone", (...args) => adopt(get()(...args), new Map()));
  for (const kind of [Error, TypeError, RangeError, SyntaxError]) recogniseErrors(kind);
  const used = [...new Set(source.match(/[A-Za-z_$][\w$]*/g) ?? [])]
    .filter((name) => name === entry || !own.has(name))
    .filter((name) => !/^(require|module|exports|console|process|globalThis|this|global|NaN|Infinity|undefined)$/.test(name));
  const made = helpers(text("context.js"), text("prompt.js"),
                       used.filter((name) => name !== entry && !RESERVED.test(name)), source);
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
    if (asked.has(name)) given(name, wire.decode(data, decodeObject));
  }
  vm.runInContext(source, host.context, { filename: "tests.js" });
} catch (error) {
  conclude(error);
}
