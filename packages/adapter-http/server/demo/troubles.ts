import type { Category, TeamName } from "./cast.ts"

/** Something that goes wrong at work, and how it comes right again. */
export interface Trouble {
  readonly title: string
  readonly description: string
  readonly category: Category
  readonly subcategory: string
  readonly team: TeamName
  readonly impact: 1 | 2 | 3
  readonly urgency: 1 | 2 | 3
  readonly finding: string
  readonly resolution: string
}

const trouble = (
  category: Category,
  subcategory: string,
  team: TeamName,
  [impact, urgency]: readonly [Trouble["impact"], Trouble["urgency"]],
  title: string,
  description: string,
  finding: string,
  resolution: string
): Trouble => ({ category, subcategory, team, impact, urgency, title, description, finding, resolution })

export const troubles: ReadonlyArray<Trouble> = [
  trouble(
    "Hardware",
    "Laptop",
    "Workplace",
    [3, 2],
    "Laptop does not start after an update",
    "It stops at the maker's logo.",
    "The disk reports read errors.",
    "Replaced the disk and restored the user's files from the backup."
  ),
  trouble(
    "Hardware",
    "Laptop",
    "Workplace",
    [3, 3],
    "Battery lasts less than an hour",
    "It used to last a working day.",
    "The battery has 1,100 cycles.",
    "Replaced the battery under warranty."
  ),
  trouble(
    "Hardware",
    "Printer",
    "Workplace",
    [2, 3],
    "Printer on the third floor prints blank pages",
    "All of us on the floor see it.",
    "The toner is empty and the sensor stuck.",
    "Replaced the toner and cleaned the sensor."
  ),
  trouble(
    "Hardware",
    "Monitor",
    "Workplace",
    [3, 3],
    "Second monitor stays dark",
    "It worked yesterday.",
    "The docking station runs an old firmware.",
    "Updated the firmware of the docking station."
  ),
  trouble(
    "Hardware",
    "Phone",
    "Service Desk",
    [3, 2],
    "Headset drops calls",
    "Every call ends after two minutes.",
    "The headset pairs with two devices at once.",
    "Removed the second pairing and showed how to switch devices."
  ),
  trouble(
    "Network",
    "Wi-Fi",
    "Network",
    [2, 2],
    "No Wi-Fi in meeting room Lisbon",
    "Guests and staff cannot connect.",
    "The access point has no power.",
    "Replaced the injector that feeds the access point."
  ),
  trouble(
    "Network",
    "VPN",
    "Network",
    [2, 1],
    "VPN disconnects every ten minutes",
    "Since Monday, from home and on the road.",
    "The new gateway ends idle tunnels too early.",
    "Raised the idle time of the gateway to one hour."
  ),
  trouble(
    "Network",
    "Internet",
    "Network",
    [1, 1],
    "Warehouse is offline",
    "Scanners and tills do not work.",
    "The provider's line is cut at a building site.",
    "Switched to the radio link; the provider repaired the line."
  ),
  trouble(
    "Network",
    "VPN",
    "Network",
    [3, 2],
    "Cannot reach the file share through VPN",
    "The drive letter has a red cross.",
    "A route to the file server is missing.",
    "Added the route to the profile of the client."
  ),
  trouble(
    "Software",
    "Office",
    "Service Desk",
    [3, 3],
    "Spreadsheet opens read-only",
    "It says that I have it open myself.",
    "A lock file was left behind by a crash.",
    "Removed the lock file."
  ),
  trouble(
    "Software",
    "E-mail",
    "Applications",
    [2, 2],
    "Mails to customers come back",
    "The answer says that we are on a list.",
    "One account was sending spam.",
    "Reset the account and asked the list's owner to remove us."
  ),
  trouble(
    "Software",
    "E-mail",
    "Service Desk",
    [3, 3],
    "Shared mailbox is missing",
    "It vanished from the list on the left.",
    "The profile was made anew without it.",
    "Added the mailbox to the profile."
  ),
  trouble(
    "Software",
    "ERP",
    "Applications",
    [1, 2],
    "Invoices cannot be posted",
    "The period is said to be closed.",
    "The new period was not opened.",
    "Opened the period and posted the invoices that had waited."
  ),
  trouble(
    "Software",
    "ERP",
    "Applications",
    [2, 2],
    "Purchase orders print without prices",
    "Since the release of last week.",
    "The new form lacks a field.",
    "Corrected the form and tested it with the buyers."
  ),
  trouble(
    "Software",
    "CRM",
    "Applications",
    [2, 3],
    "Customer search is slow",
    "A search takes half a minute.",
    "An index was lost in the migration.",
    "Built the index again; a search takes less than a second."
  ),
  trouble(
    "Software",
    "CRM",
    "Applications",
    [3, 3],
    "Report shows last month's figures",
    "The date at the top is right, the numbers are not.",
    "The nightly load had stopped.",
    "Started the load again and set an alarm on it."
  ),
  trouble(
    "Access",
    "Password",
    "Service Desk",
    [3, 2],
    "Password is not accepted after the holidays",
    "I am sure that it is right.",
    "The account was locked after five attempts.",
    "Unlocked the account after a call back."
  ),
  trouble(
    "Access",
    "Permission",
    "Service Desk",
    [3, 3],
    "No access to the folder of the project",
    "My colleague can open it.",
    "The group membership had expired.",
    "Prolonged the membership with the owner's consent."
  ),
  trouble(
    "Access",
    "Account",
    "Service Desk",
    [3, 2],
    "New colleague has no account",
    "She begins on Monday.",
    "The request from People was not complete.",
    "Created the account and sent the first password to her manager."
  ),
  trouble(
    "Access",
    "Permission",
    "Applications",
    [3, 2],
    "Cannot approve purchase orders",
    "The button is grey.",
    "The role for approvals was missing.",
    "Assigned the role after the controller's consent."
  )
]
