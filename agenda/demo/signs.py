"""Who may sign in to the demo. Everything here is public: the demo runs on loopback only."""

PASSWORD = "Lilas-en-fleur-75"  # noqa: S105
# login, name, role, the practitioner whose agenda they open; None: everybody's.
STAFF = (
    ("nadia", "Nadia Benali", "manager", None),
    ("sophie", "Sophie Lemoine", "secretary", None),
    ("claire", "Dr Claire Fontaine", "manager", "dr-claire-fontaine"),
    ("hugo", "Dr Hugo Marchand", "replacement", "dr-claire-fontaine"),
)
# Who replaces stays so many days; who is invited has not answered yet.
REPLACES_FOR = 18
INVITED = ("ines", "Inès Da Silva")
SIGNS = f"""    Identifiants         nadia (gestionnaire), sophie (secrétariat), claire (médecin et gestionnaire),
                         hugo (remplaçant, pour deux semaines encore)
    Mot de passe         {PASSWORD}
    Code du voile        six chiffres de votre choix, à chaque connexion"""
