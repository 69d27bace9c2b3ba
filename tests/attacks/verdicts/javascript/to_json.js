// comparison operator: an object with a toJSON of its own
// problem json, expects wrong_answer
const doubleAll = (items) => ({ toJSON: () => [], length: 3, 0: 2, 1: 4, 2: 6 });
