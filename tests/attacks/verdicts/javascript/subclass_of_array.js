// comparison operator: a subclass of Array with another iterator
// problem deep, expects wrong_answer
class Same extends Array {
  get length() { return 3; }
  *[Symbol.iterator]() { yield 2; yield 4; yield 7; }
}
const doubleAll = (items) => new Same();
