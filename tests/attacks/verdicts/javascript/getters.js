// comparison operator: getters that return another value at each access
// problem deep, expects wrong_answer
let at = 0;
const doubleAll = (items) => {
  const made = [];
  Object.defineProperty(made, 0, { get: () => at++, enumerable: true });
  Object.defineProperty(made, "length", { value: 3, writable: true });
  return made;
};
