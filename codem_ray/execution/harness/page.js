"use strict";
// Shared by the judges of pages. Runs in Node and, as text, in a browser's isolated world.

// Returns an assertion library that counts its calls.
function counting(target, count) {
  return new Proxy(target, {
    apply: (inner, self, args) => {
      count();
      return Reflect.apply(inner, self, args);
    },
    get: (inner, key) => {
      const value = inner[key];
      return typeof value === "function" && !/^[A-Z]/.test(String(key))
        ? counting(value, count) : value;
    },
  });
}

// Refuses a page that hides members which the tests use: an element's name, as in
// `<img name="querySelector">`, hides members of the document or of a form.
function refuseHiddenMembers(window) {
  const { document, Document, Node, Element } = window;
  const all = Document.prototype.querySelectorAll.call(document, "[name], [id]");
  const structure = ["documentElement", "body", "head", "defaultView", "children", "attributes",
    "firstElementChild", "lastElementChild", "childElementCount", "classList", "innerHTML",
    "outerHTML", "nextElementSibling", "previousElementSibling"];
  const hides = (name) => {
    if (structure.includes(name) || name in Node.prototype) return true;
    for (const shape of [Document.prototype, Element.prototype]) {
      const member = Object.getOwnPropertyDescriptor(shape, name);
      if (member && typeof member.value === "function") return true;
    }
    return false;
  };
  for (const element of all) {
    for (const attribute of ["name", "id"]) {
      const name = Element.prototype.getAttribute.call(element, attribute);
      if (name && hides(name)) throw new Error(`an element's ${attribute} hides the member ${name}`);
    }
  }
}

if (typeof module !== "undefined") module.exports = { counting, refuseHiddenMembers };
