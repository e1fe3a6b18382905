/** Who belongs to a demo organization, and where. The first four are the accounts to sign in with. */
export const people = [
  { account: "admin", name: "Ada Admin", role: "admin", department: "IT", teams: [] },
  { account: "manager", name: "Mara Manager", role: "manager", department: "IT", teams: ["Service Desk"] },
  {
    account: "agent",
    name: "Arun Agent",
    role: "agent",
    department: "IT Operations",
    teams: ["Service Desk", "Workplace"]
  },
  { account: "user", name: "Una User", role: "end_user", department: "Sales", teams: [] },
  {
    account: "beatriz.lima",
    name: "Beatriz Lima",
    role: "agent",
    department: "IT Operations",
    teams: ["Service Desk"]
  },
  { account: "jonas.weber", name: "Jonas Weber", role: "agent", department: "IT Operations", teams: ["Workplace"] },
  { account: "mei.tanaka", name: "Mei Tanaka", role: "agent", department: "IT Operations", teams: ["Network"] },
  { account: "omar.haddad", name: "Omar Haddad", role: "agent", department: "IT Operations", teams: ["Network"] },
  {
    account: "priya.nair",
    name: "Priya Nair",
    role: "agent",
    department: "Business Applications",
    teams: ["Applications"]
  },
  {
    account: "liam.byrne",
    name: "Liam Byrne",
    role: "agent",
    department: "Business Applications",
    teams: ["Applications"]
  },
  { account: "chloe.martin", name: "Chloé Martin", role: "end_user", department: "Sales", teams: [] },
  { account: "david.kovacs", name: "Dávid Kovács", role: "end_user", department: "Finance", teams: [] },
  { account: "ewa.nowak", name: "Ewa Nowak", role: "end_user", department: "Finance", teams: [] },
  { account: "felix.sommer", name: "Felix Sommer", role: "end_user", department: "People", teams: [] }
] as const

export type Account = (typeof people)[number]["account"]

/** Each below the one before it that `parent` names; the manager leads all of IT. */
export const departments = [
  { name: "IT", parent: null, leader: "manager" },
  { name: "IT Operations", parent: "IT", leader: null },
  { name: "Business Applications", parent: "IT", leader: null },
  { name: "Sales", parent: null, leader: "chloe.martin" },
  { name: "Finance", parent: null, leader: "ewa.nowak" },
  { name: "People", parent: null, leader: "felix.sommer" }
] as const

export const teams = [
  { name: "Service Desk", department: "IT Operations", supportLevel: 1 },
  { name: "Workplace", department: "IT Operations", supportLevel: 2 },
  { name: "Network", department: "IT Operations", supportLevel: 2 },
  { name: "Applications", department: "Business Applications", supportLevel: 2 }
] as const

export type TeamName = (typeof teams)[number]["name"]

export const categories = {
  Hardware: ["Laptop", "Printer", "Monitor", "Phone"],
  Network: ["Wi-Fi", "VPN", "Internet"],
  Software: ["Office", "E-mail", "ERP", "CRM"],
  Access: ["Password", "Permission", "Account"]
} as const

export type Category = keyof typeof categories
