// comparison operator: an object with a method toJSON
// problem json, expects wrong_answer
const doubleAll = (items) => ({ toJSON: () => [], length: 3, 0: 2, 1: 4, 2: 6 });
