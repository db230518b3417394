import { StringDecoder } from "node:string_decoder";

/**
 * Splits a byte stream into lines as .NET's `StreamReader.ReadLine` does: a line ends with `\n`, `\r\n` or a lone `\r`,
 * bytes are UTF-8 with U+FFFD for what is not, and a last line needs no ending.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #afterReturn = false;

  constructor(private readonly onLine: (line: string) => void) {}

  write(chunk: Buffer): void {
    this.#split(this.#decoder.write(chunk));
  }

  /** Emits what is left without an ending. */
  end(): void {
    this.#split(this.#decoder.end());
    if (this.#rest !== "") this.onLine(this.#rest);
    this.#rest = "";
  }

  #split(text: string): void {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at];
      if (char === "\n" && this.#afterReturn && at === start && this.#rest === "") {
        start = at + 1;
        this.#afterReturn = false;
        continue;
      }
      if (char !== "\n" && char !== "\r") {
        this.#afterReturn = false;
        continue;
      }
      this.onLine(this.#rest + text.slice(start, at));
      this.#rest = "";
      start = at + 1;
      this.#afterReturn = char === "\r";
    }
    this.#rest += text.slice(start);
  }
}
