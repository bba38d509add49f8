/** Shows foreign text in a message: quoted, shortened, and with everything escaped that a reader could not see. */

const SHOWN_CHARACTERS = 100;

/** Control, format (zero-width, bidi), separator, surrogate, private and unassigned characters, but not the plain space. */
const INVISIBLE = /[^\P{C}]|[^\P{Z} ]/gu;

/** `"text"`, cut after 100 characters, invisible characters and quotes as in JSON (`\u200b`). */
export function quoted(text: string): string {
  return `"${visible(text).replaceAll('"', '\\"')}"`;
}

/** The same without the quotes around it. */
export function visible(text: string): string {
  let shown = text;
  if (text.length > SHOWN_CHARACTERS) {
    const characters = Array.from(text.slice(0, 2 * SHOWN_CHARACTERS + 1));
    if (characters.length > SHOWN_CHARACTERS) shown = `${characters.slice(0, SHOWN_CHARACTERS).join('')}…`;
  }
  return shown.replace(INVISIBLE, escaped);
}

function escaped(character: string): string {
  let text = '';
  for (let unit = 0; unit < character.length; unit++) {
    text += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }
  return text;
}
