import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ActButton } from '../components/act';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { IconListDetails, IconPlus } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Page, PageHeader } from '../components/PageHeader';
import { Chip } from '../components/StatusChip';
import { NewSchema } from './NewSchema';
import { type Schema, schemaList } from './schemas';
import { ABOUT, Tabs } from './Tabs';

const COLUMNS: Column<Schema>[] = [
  {
    id: 'name',
    header: 'Schema',
    cell: (schema) => (
      <NameCell
        to={`/attributes/schemas/${encodeURIComponent(schema.id)}`}
        picture={<IconListDetails className="dim" />}
        name={schema.name}
        sub={<span className="mono">{schema.id}</span>}
      />
    ),
  },
  {
    id: 'origin',
    header: 'Origin',
    width: 130,
    from: 480,
    cell: (schema) =>
      schema.builtIn ? (
        <span className="dim">Standard</span>
      ) : (
        <Chip tone="accent" shape="pencil">
          Yours
        </Chip>
      ),
  },
  { id: 'attributes', header: 'Attributes', width: 110, align: 'right', cell: (schema) => schema.attributes.length },
  {
    id: 'used',
    header: 'Used by',
    width: 220,
    from: 760,
    cell: (schema) => schema.usedBy.join(', ') || <span className="dim">Nothing</span>,
  },
];

/** What attributes there are, in their schemas. */
export function Schemas() {
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery(schemaList);
  return (
    <Page
      fill
      header={
        <PageHeader
          title="Attributes"
          description={ABOUT}
          actions={
            <ActButton need="administrator" leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
              Add schema
            </ActButton>
          }
          tabs={<Tabs />}
        />
      }
    >
      <DataTable
        label="Schemas"
        query={query}
        columns={COLUMNS}
        rowId={(schema) => schema.id}
        empty={<Empty title="No schemas" />}
      />
      {adding && <NewSchema close={() => setAdding(false)} />}
    </Page>
  );
}
