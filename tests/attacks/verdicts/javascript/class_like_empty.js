// comparison operator: an object of a class where the tests expect an empty object
// problem empty, expects wrong_answer
class Full { constructor() { this.a = 1; } }
const histogram = (text) => new Full();
