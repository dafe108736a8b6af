// Writes src/components/icons.tsx from the icon package, so that the release build doesn't install 88 MB for a few
// dozen shapes. Add a name below and run `npm run icons`.
import { writeFileSync } from 'node:fs';

const names = `
  Activity AlertTriangle AlertTriangleFilled Apps ArrowBackUp ArrowDown ArrowLeft ArrowRight ArrowUp ArrowsExchange Ban
  Bell Bolt Book Building CalendarTime ChartBar Check ChevronDown ChevronRight CircleCheckFilled CircleDashed CircleDot
  CircleMinus CircleXFilled Clock Code Columns3 Copy Database DatabaseImport Dots Download Equal ExternalLink Eye EyeOff
  FileImport FileText Filter HandStop History Hourglass InfoCircle Key Keyboard LayoutDashboard Link ListDetails Loader
  Lock Logout Menu2 Moon Pencil PlayerPause PlayerPlay PlayerStop Plus Refresh Rocket Script Search Selector Send Server
  Settings Shield ShieldCheck Sun Table Tag Trash Unlink User UserCheck UserMinus UserOff UserPlus UsersGroup X
`
  .trim()
  .split(/\s+/);

const lines = [];
for (const name of names) {
  const { __iconNode: node } = await import(`@tabler/icons-react/dist/esm/icons/Icon${name}.mjs`);
  const paths = node.map(([tag, attributes]) => {
    if (tag !== 'path') throw new Error(`${name} has a ${tag}`);
    return attributes.d;
  });
  const filled = name.endsWith('Filled') ? 'filled' : 'outline';
  lines.push(`export const Icon${name} = ${filled}(${JSON.stringify(paths)});`);
}

writeFileSync(
  new URL('../src/components/icons.tsx', import.meta.url),
  `// Written by scripts/icons.mjs from Tabler Icons (MIT licence, © Paweł Kuna). Don't edit.
import type { SVGProps } from 'react';

export type Icon = (props: { size?: number } & SVGProps<SVGSVGElement>) => React.JSX.Element;

const drawn = (paths: string[], look: SVGProps<SVGSVGElement>): Icon =>
  function Icon({ size = 16, ...rest }) {
    return (
      <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false" {...look} {...rest}>
        {paths.map((d) => (
          <path key={d} d={d} />
        ))}
      </svg>
    );
  };
const outline = (paths: string[]) =>
  drawn(paths, { fill: 'none', stroke: 'currentColor', strokeWidth: 1.75, strokeLinecap: 'round', strokeLinejoin: 'round' });
const filled = (paths: string[]) => drawn(paths, { fill: 'currentColor' });

${lines.join('\n')}
`,
);
