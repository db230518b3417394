const alphabet = "23456789abcdefghjkmnpqrstuvwxyz";

/** A short name for a number: no look-alike letters, no padding, never empty. */
export function slugOf(number) {
  let slug = "";
  let rest = number;
  do {
    slug = alphabet[rest % alphabet.length] + slug;
    rest = Math.floor(rest / alphabet.length);
  } while (rest > 0);
  return slug;
}

/** Only absolute http and https addresses can be shortened; anything else gives null. */
export function normalise(address) {
  if (typeof address !== "string" || !URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}
