import { useElementSize } from '@mantine/hooks';
import classes from './StackedBars.module.css';
import { count } from './time';

export interface Series {
  id: string;
  label: string;
  tone: 'base' | 'warn' | 'bad' | 'mute';
}
export interface Bar {
  /** Under the axis and in the table: `13:00`, `12 Nov`. */
  label: string;
  values: Record<string, number>;
}

const HEIGHT = 130;
const LEFT = 44;
const BELOW = 22;

/** The next round number to end an axis at. */
export function ceiling(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** Bars of stacked numbers over time, drawn as they are, with a table for those who can't see them. */
export function StackedBars({ title, series, bars }: { title: string; series: Series[]; bars: Bar[] }) {
  const { ref, width } = useElementSize();
  const top = ceiling(
    Math.max(0, ...bars.map((bar) => series.reduce((sum, { id }) => sum + (bar.values[id] ?? 0), 0))),
  );
  const step = Math.max(0, width - LEFT) / Math.max(1, bars.length);
  const every = Math.max(1, Math.ceil(64 / Math.max(1, step)));
  const y = (value: number) => HEIGHT - (value / top) * (HEIGHT - 8);
  return (
    <figure className={classes.figure} ref={ref}>
      <figcaption className={classes.caption}>
        <span className="sr">{title}</span>
        {series.map(({ id, label, tone }) => (
          <span key={id} className={classes.key}>
            <i data-tone={tone} />
            {label}
          </span>
        ))}
      </figcaption>
      <svg width={width} height={HEIGHT + BELOW} aria-hidden="true" className={classes.chart}>
        {[0, top / 2, top].map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={width} y1={y(value)} y2={y(value)} className={value ? classes.line : classes.axis} />
            <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
              {count(value)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => {
          let reached = 0;
          const x = LEFT + index * step;
          const told = series.map(({ id, label }) => `${label} ${count(bar.values[id] ?? 0)}`).join('\n');
          return (
            <g key={bar.label + String(index)}>
              <title>{`${bar.label}\n${told}`}</title>
              <rect x={x} y={0} width={step} height={HEIGHT} className={classes.hit} />
              {series.map(({ id, tone }) => {
                const value = bar.values[id] ?? 0;
                if (!value) return null;
                const from = y(reached);
                reached += value;
                const height = Math.max(2, from - y(reached));
                return (
                  <rect
                    key={id}
                    x={x + step * 0.14}
                    y={from - height}
                    width={step * 0.72}
                    height={Math.max(1, height - 1)}
                    data-tone={tone}
                  />
                );
              })}
              {index % every === 0 && (
                <text x={x + step / 2} y={HEIGHT + 16} textAnchor="middle">
                  {bar.label}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <table className="sr">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map(({ id, label }) => (
              <th key={id} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.map((bar, index) => (
            <tr key={bar.label + String(index)}>
              <th scope="row">{bar.label}</th>
              {series.map(({ id }) => (
                <td key={id}>{count(bar.values[id] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
