import { Panel } from '../components/Panel';
import classes from './people.module.css';
import type { UserDetail } from './users';
import { attributeName, shown } from './values';

/** Each value of the profile with the source that states it, and what others would have said. */
export function Attributes({ user }: { user: UserDetail }) {
  const values = user.provenance ?? [];
  return (
    <Panel
      title="Attributes"
      description="Where several sources state an attribute, the one with the highest rank is believed. What it overruled stands below."
      flush
    >
      <table className={classes.values}>
        <thead>
          <tr>
            <th style={{ width: '30%' }}>Attribute</th>
            <th>Value</th>
            <th style={{ width: '24%' }}>Owner</th>
          </tr>
        </thead>
        <tbody>
          {values.map((one) => (
            <tr key={one.path}>
              <td>
                <span className="mono" title={one.path}>
                  {attributeName(one.path)}
                </span>
              </td>
              <td>
                {shown(one.value)}
                {one.overruled.map((other) => (
                  <div key={other.source} className={classes.overruled}>
                    <s>{shown(other.value)}</s> {other.sourceName}
                  </div>
                ))}
              </td>
              <td>{one.sourceName}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
