/** Ids hold colons and ARNs slashes, all of which are escaped: they are one step of the path. */
export function pathOf(model: string, stream: boolean): string {
  return `/model/${escaped(model)}/${stream ? 'converse-stream' : 'converse'}`;
}

/** As RFC 3986 has it, since the signature of a request is made of exactly this spelling. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
