/** The pages that a window can show. */
export const PAGES = [
  'status', 'question', 'address', 'history', 'settings', 'welcome', 'guidance', 'test',
] as const;
export type Page = (typeof PAGES)[number];

/** Where a window is. */
export interface Route {
  page: Page;
  /** What came along: from a deep link perhaps, so it is hostile. */
  words: URLSearchParams;
}

/** Reads `#/welcome?code=…`; what it does not know is the status. */
export function route(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const page = PAGES.find((known) => known === path) ?? 'status';
  return { page, words: new URLSearchParams(query) };
}

/** One line of plain text from a link: no control or direction marks, and not endless. */
export function tame(text: string | null, most = 300): string {
  return (text ?? '').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim().slice(0, most);
}
