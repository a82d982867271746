"""An evening in a region as a script: read, played through the core, told line by line, held against what was expected.

reading   a script's TOML as a scenario, with its faults by line; where scripts are found
sayings   what is said in a step, as messages of the contract
playing   the script through the core, and what was decided
telling   the story in Dutch, with what was expected beside what came
"""
