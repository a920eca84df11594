/** A piece of a line; a whole one is read out number by number, and stays on one line of the screen. */
export type Piece = { text: string; whole: boolean };

/** "303-555-0142", "5-112" and "80202-1234": browsers break lines at hyphens. What is longer has to be broken somewhere. */
const NUMBER = /(?<!\S)\S{0,12}\d-\d\S{0,20}(?!\S)/gu;

/** The pieces of `text`, in order; together they are `text`. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const { 0: number, index } of text.matchAll(NUMBER)) {
    if (index > at) found.push({ text: text.slice(at, index), whole: false });
    found.push({ text: number, whole: true });
    at = index + number.length;
  }
  if (at < text.length) found.push({ text: text.slice(at), whole: false });
  return found;
}
