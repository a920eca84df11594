/** How long ago something was, as people say it: relative up to an hour, then the clock, then the date. */
export function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 0) return 'at a time this computer cannot tell';
  if (minutes === 0) return 'just now';
  if (minutes === 1) return '1 minute ago';
  if (minutes < 60) return `${minutes} minutes ago`;
  return `${sameDay(at, now) ? 'at' : 'on'} ${moment(at, now)}`;
}

/** When it was, without words around it: the clock today, the date before. */
export function moment(at: number, now: number): string {
  const then = new Date(at);
  const clock = `${two(then.getHours())}:${two(then.getMinutes())}`;
  if (sameDay(at, now)) return clock;
  const year = then.getFullYear() === new Date(now).getFullYear() ? '' : ` ${then.getFullYear()}`;
  const month = new Intl.DateTimeFormat('en', { month: 'long' }).format(then);
  return `${then.getDate()} ${month}${year}, ${clock}`;
}

function sameDay(one: number, two: number): boolean {
  return new Date(one).toDateString() === new Date(two).toDateString();
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
