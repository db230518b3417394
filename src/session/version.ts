/** Warden's version; package.json has the same, and a test sees to it. */
export const VERSION = "0.1.0";
