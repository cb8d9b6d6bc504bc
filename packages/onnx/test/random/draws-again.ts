/** Numbers that are drawn from a source, or once more as they were. */
export class DrawsAgain {
  private readonly source: () => number;
  private drawn: number[] = [];
  private again: number[] = [];

  constructor(source: () => number) {
    this.source = source;
  }

  readonly next = (): number => {
    const number = this.again.shift() ?? this.source();
    this.drawn.push(number);
    return number;
  };

  /** The numbers that something draws, which gets these first. */
  during(draw: () => void, again: readonly number[] = []): readonly number[] {
    this.drawn = [];
    this.again = [...again];
    draw();
    this.again = [];
    return this.drawn;
  }
}
