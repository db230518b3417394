export declare function tokenCutter(
  token: string,
  emit: (chunk: Buffer) => void,
  end: () => void,
): { push(chunk: Buffer): void; flush(): void };
