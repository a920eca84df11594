/** The three things that help a crew in, which share one element (LOC) of the address. */
export interface WayIn {
  /** "4411" */
  door: string;
  /** "reception" */
  met: string;
  /** Anything else. */
  help: string;
}

/** What a dispatch screen's wide field shows, in characters. */
export const LONGEST = 60;

const DOOR = 'Door code ';
const MET = 'met by ';

/** "Door code 4411; met by reception; red door". */
export function compose(way: WayIn): string {
  const part = (before: string, text: string) => {
    const tidy = text.replace(/[;\s]+/g, ' ').trim();
    return tidy === '' ? '' : before + tidy;
  };
  return [part(DOOR, way.door), part(MET, way.met), part('', way.help)].filter(Boolean).join('; ');
}

/** The same taken apart; what is not recognised is "anything else", so that nothing is lost. */
export function split(text: string): WayIn {
  const way: WayIn = { door: '', met: '', help: '' };
  const rest: string[] = [];
  for (const part of text.split(';').map((one) => one.trim())) {
    const lower = part.toLowerCase();
    if (way.door === '' && lower.startsWith(DOOR.toLowerCase())) {
      way.door = part.slice(DOOR.length).trim();
    } else if (way.met === '' && lower.startsWith(MET)) {
      way.met = part.slice(MET.length).trim();
    } else if (part !== '') {
      rest.push(part);
    }
  }
  way.help = rest.join(', ');
  return way;
}

/** How many characters a dispatcher's system counts. */
export function characters(text: string): number {
  return [...text].length;
}
