"use strict";
// Turns modules, and programs that break off in the middle, into scripts.

// Replaces a module's import and export lines by statements that a script may contain.
function asScript(source) {
  return source
    .replace(/^export\s+default\s+(?=(async\s+)?function|class)/gm, "")
    .replace(/^export\s+(?:default\s+)?\{[^}]*\};?$/gm, "")
    .replace(/^export\s+\*[^\n]*$/gm, "")
    .replace(/^import\s+['"][^'"]+['"];?$/gm, "")
    .replace(/^import\s+([\w$]+)\s*,\s*(\{[^}]*\})\s+from\s+(['"][^'"]+['"]);?/gm,
             "import $1 from $3;\nimport $2 from $3;")
    .replace(/^export\s+default\s+[\w$]+;?$/gm, "")
    .replace(/^export\s+/gm, "")
    .replace(/^import\s+\*\s+as\s+([\w$]+)\s+from\s+(['"][^'"]+['"]);?/gm, "const $1 = require($2);")
    .replace(/^import\s+([\w$]+)\s+from\s+(['"][^'"]+['"]);?/gm, "const $1 = require($2);")
    .replace(/^import\s+\{([^}]*)\}\s+from\s+(['"][^'"]+['"]);?/gm,
             (_, names, from) => `const {${names.replace(/\s+as\s+/g, ": ")}} = require(${from});`);
}

const CLOSING = { "(": ")", "[": "]", "{": "}", "${": "}" };
// A whole string, comment or regular expression, else a bracket, the end of a template, or a word.
const TOKEN = /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:\\[^]|[^'\\\n])*'|"(?:\\[^]|[^"\\\n])*"|[`()[\]{}]|[\w$]+|\/|\s+|[^]/g;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const BEFORE_REGEXP = /^(?:[(,=:[!&|?{};+\-*%<>~^]|return|typeof|case|in|of|do|else|)$/;
const TEMPLATE_PART = /(?:\\[^]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y;

// Returns the brackets that close what a source leaves open, and the start of its open last statement
// (the source's length if no statement is open).
function openEnd(source) {
  const open = [];
  let start = 0;
  let before = "";
  let at = 0;
  const template = () => {
    TEMPLATE_PART.lastIndex = at;
    const part = TEMPLATE_PART.exec(source)[0];
    at += part.length;
    if (part.endsWith("${")) open.push("${");
  };
  while (at < source.length) {
    TOKEN.lastIndex = at;
    const [token] = TOKEN.exec(source);
    if (token === "/" && BEFORE_REGEXP.test(before)) {
      REGEXP.lastIndex = at;
      at += REGEXP.exec(source)?.[0].length ?? 1;
      before = "/";
      continue;
    }
    const isFree = open.length === 0;
    at += token.length;
    if (token === "`") template();
    else if (Object.hasOwn(CLOSING, token)) open.push(token);
    else if (/^[)\]}]$/.test(token) && open.pop() === "${") template();
    if (isFree ? token === ";" || /^\s*\n/.test(token) : open.length === 0 && token === "}") start = at;
    if (!/^(?:\s|\/[/*])/.test(token)) before = token;
  }
  return { closing: open.reverse().map((one) => CLOSING[one]).join(""),
           start: open.length ? start : source.length };
}

module.exports = { asScript, openEnd };
