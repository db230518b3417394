// A stream from the guest ends with a token that only process 1 of the guest knows; everything before it is the command's.

/**
 * Cuts the token off a stream of chunks.
 * @param {string} token
 * @param {(chunk: Buffer) => void} emit gets what lies before the token, as early as it cannot be part of it
 * @param {() => void} end called once, when the token has come
 */
export function tokenCutter(token, emit, end) {
  const mark = Buffer.from(token);
  let held = Buffer.alloc(0);
  let ended = false;
  return {
    push(chunk) {
      if (ended) return;
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const at = bytes.indexOf(mark);
      if (at >= 0) {
        ended = true;
        if (at > 0) emit(bytes.subarray(0, at));
        end();
        return;
      }
      // Hold back only an ending that could be the token's beginning.
      let keep = Math.min(mark.length - 1, bytes.length);
      while (keep > 0 && !mark.subarray(0, keep).equals(bytes.subarray(bytes.length - keep))) keep -= 1;
      if (bytes.length > keep) emit(bytes.subarray(0, bytes.length - keep));
      held = Buffer.from(bytes.subarray(bytes.length - keep));
    },
    /** The stream broke off: what was held back was output after all. */
    flush() {
      if (!ended && held.length > 0) emit(held);
      held = Buffer.alloc(0);
    },
  };
}
